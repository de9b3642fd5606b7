import { fileURLToPath } from 'node:url';
import { SafetensorsFile } from '@llm-mde/checkpoints';
import { expectNoTensorsLeft, largestDifference, passBackward } from '@llm-mde/tooling-vitest/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { readVisionEncoderConfiguration } from './configuration.js';
import { VisionEncoder } from './vision-encoder.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

describe('VisionEncoder', () => {
  it('gives patches and class token apart', async () => {
    const encoder = await VisionEncoder.fromPretrained(fixture('tiny-vit'));
    const { patches, cls, lastHiddenState, hiddenStates } = encoder.forward(tf.zeros([2, 32, 32, 3]));
    expect([patches.shape, cls.shape, lastHiddenState.shape]).toEqual([
      [2, 16, 32],
      [2, 32],
      [2, 17, 32],
    ]);
    expect(hiddenStates).toBeUndefined();
    expect(encoder.configuration).toMatchObject({ architecture: 'vit', patchSize: 8, imageSize: 32 });
    encoder.dispose();
  });

  it.each(['normalized', 'plain'])('gives features of several blocks as Dinov2Backbone does: %s', async (kind) => {
    const encoder = await VisionEncoder.fromPretrained(fixture('tiny-dinov2'));
    const golden = await SafetensorsFile.open(`${fixture('tiny-dinov2')}/features.safetensors`);
    const pixels = tf.tensor4d(await golden.read('pixels'), [1, 28, 42, 3]);
    const { features, patches } = encoder.forward(pixels, { layers: [3, 1], normalizeFeatures: kind === 'normalized' });
    for (const [index, layer] of [3, 1].entries()) {
      const expected = tf.tensor(await golden.read(`${kind}.${layer}`), [1, 24, 32]);
      expect(await largestDifference(features![index]!, expected)).toBeLessThan(1e-5);
    }
    if (kind === 'normalized') expect(await largestDifference(features![0]!, patches)).toBe(0);
    expect(() => encoder.forward(pixels, { layers: [4] })).toThrow('There is no block 4. Expected integers from 0,');
    await golden.close();
    encoder.dispose();
  });

  it('leaves no tensors behind in forward and backward passes', async () => {
    const encoder = await VisionEncoder.fromPretrained(fixture('tiny-vit'));
    const pixels = tf.zeros<tf.Rank.R4>([1, 32, 32, 3]);
    await expectNoTensorsLeft(() => passBackward(() => encoder.forward(pixels).patches, encoder.trainableVariables()));
    encoder.dispose();
  });

  it.each([
    [{ layerCount: 1e8 }, 'The vision encoder expects at most 1000 as layerCount, got 100000000.'],
    [{ hiddenSize: -4 }, 'The vision encoder expects a positive integer as hiddenSize, got -4.'],
  ])('refuses sizes that no network has, before it is built: %j', (sizes, message) => {
    expect(() => new VisionEncoder({ ...readVisionEncoderConfiguration({ model_type: 'vit' }), ...sizes })).toThrow(
      message,
    );
  });

  it.each([
    [[1, 30, 32, 3], 'Image size 32×30 must be a multiple of the patch size 8×8: resize the image first.'],
    [[1, 32, 32, 1], 'The vision encoder expects pixels of shape [B,H,W,3], got [1,32,32,1].'],
  ] as [number[], string][])('refuses pixels of shape %j', async (shape, message) => {
    const encoder = await VisionEncoder.fromPretrained(fixture('tiny-vit'));
    expect(() => encoder.forward(tf.zeros(shape as [number, number, number, number]))).toThrow(message);
    encoder.dispose();
  });
});
