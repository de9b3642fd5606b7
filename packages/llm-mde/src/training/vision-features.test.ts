import { compile } from '@llm-mde/compile';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { LlmMdeOptions } from '../configuration/configuration.js';
import { preset } from '../configuration/presets.js';
import type { LlmMde } from '../llm-mde.js';
import { example } from '../testing/patterns.js';
import { createModel, smallConfiguration } from '../testing/small-model.js';
import type { TrainingBatch } from './micro-batches.js';

const FROZEN: LlmMdeOptions = { vision: { lora: null } };
const HEADS: Record<string, LlmMdeOptions> = {
  "the paper's head, which sees the image too": {},
  "DPT's head": {
    head: { layers: [1], channels: [8], projectedChannels: 8, imageSkip: false },
    imageSize: [32, 48],
    camera: { focalLength: 40 },
  },
};

async function withFeatures(model: LlmMde, batch: TrainingBatch): Promise<TrainingBatch> {
  const features = await model.visionFeatures(batch.map(({ image }) => image));
  return batch.map((each, index) => ({ ...each, features: features[index]! }));
}

describe.each(['eager', 'compiled'])('a training step on features, %s', (kind) => {
  const create = (...changes: LlmMdeOptions[]) =>
    createModel(smallConfiguration(FROZEN, ...changes), { compiler: kind === 'compiled' ? compile : undefined });

  it.each(Object.keys(HEADS))('has the losses of one on pixels, with %s', async (name) => {
    const [pixels, features] = [await create(HEADS[name]!), await create(HEADS[name]!)];
    // The second batch is upright, and seen turned by a quarter where the input is wide; the third is mixed.
    for (const [seed, ...heights] of [[1, 30, 30] as const, [2, 60, 60] as const, [3, 30, 60] as const]) {
      const [one, other] = heights.map((height, index) => example(seed + 3 * index, 40, height));
      const size = { depthWidth: 40, depthHeight: 30, depth: one!.depth.slice(0, 1200) };
      const batch = [
        { ...one!, ...size },
        { ...other!, ...size },
      ];
      const expected = await pixels.trainStep(batch);
      const { loss, gradientNorm } = await features.trainStep(await withFeatures(features, batch));
      expect(loss / expected.loss).toBeCloseTo(1, 4);
      expect(gradientNorm / expected.gradientNorm).toBeCloseTo(1, 3);
    }
  });

  it('leaves no tensors behind', async () => {
    const model = await create();
    const step = async () => model.trainStep(await withFeatures(model, [example(1)]));
    await step();
    const { numTensors } = tf.memory();
    await step();
    expect(tf.memory().numTensors).toBe(numTensors);
    await model.dispose();
  });
});

describe('features of the vision tower', () => {
  it('are one row of numbers for each patch after each block that the head takes and after the last', async () => {
    const configuration = { ...preset('tiny').vision.configuration!, layerCount: 3 };
    const head = { layers: [1, 2], channels: [8, 8], projectedChannels: 8, imageSkip: false };
    const model = await createModel(smallConfiguration(FROZEN, { vision: { configuration }, head }));
    expect(model.network.featureLayers).toEqual([1, 2, 3]);
    const [alone, { data, shape }] = [
      await model.visionFeatures([example(1).image]),
      (await model.visionFeatures([example(2).image, example(1).image]))[1]!,
    ];
    expect(shape).toEqual([3, 4, 4, 64]);
    expect(data).toEqual(alone[0]!.data);
    expect(data).toHaveLength(3 * 16 * 64);
  });

  it('follow the weights', async () => {
    const model = await createModel(smallConfiguration(FROZEN), { compiler: compile });
    const features = async () => (await model.visionFeatures([example(1).image]))[0]!.data;
    const before = await features();
    for (const [name, parameter] of model.network.vision.namedParameters()) {
      if (name.endsWith('layernorm.bias')) parameter.load(new Float32Array(parameter.size).fill(1));
    }
    const after = await features();
    for (const [index, value] of before.entries()) expect(after[index]).toBeCloseTo(value + 1, 4);
  });

  it('are refused where the tower is trained or has dropout, for some of a batch only, and of another model', async () => {
    const trained = await createModel(smallConfiguration());
    await expect(trained.visionFeatures([example(1).image])).rejects.toThrow(
      'it is trained: set "vision.lora" to null',
    );
    const configuration = { ...preset('tiny').vision.configuration!, hiddenDropout: 0.1 };
    const dropping = await createModel(smallConfiguration(FROZEN, { vision: { configuration } }));
    await expect(dropping.visionFeatures([example(1).image])).rejects.toThrow('it has dropout');
    const model = await createModel(smallConfiguration(FROZEN));
    const [batch] = [await withFeatures(model, [example(1)])];
    await expect(trained.trainStep(batch)).rejects.toThrow('cannot be computed beforehand');
    await expect(model.trainStep([...batch, example(2)])).rejects.toThrow('1 of 2 examples of a batch have features');
    const larger = await createModel(smallConfiguration(FROZEN, { imageSize: 48 }));
    await expect(larger.trainStep(batch)).rejects.toThrow(
      'have the shape [1,4,4,64] and 1024 values, but [1,6,6,64] is expected',
    );
  });
});
