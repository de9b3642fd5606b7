import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { env, pipeline, RawImage as TransformersImage } from '@huggingface/transformers';
import { openDevice } from '@llm-mde/backend';
import { eager } from '@llm-mde/compile/eager';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import type { RawImage } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LlmMde, type LlmMdeOptions, type ModelInputs } from '../index.js';
import { resizeDepth } from '../prediction/resize-depth.js';
import { largestDifference, waves } from '../testing/patterns.js';
import { giveAdaptersValues, smallConfiguration } from '../testing/small-model.js';
import { type ExportOnnxOptions, exportOnnx } from './index.js';

const folder = temporaryFolder();

/** Small, with adapters that change something. */
async function makeModel(changes: LlmMdeOptions = {}, { compiled = true } = {}): Promise<LlmMde> {
  const { compile: compiler } = await openDevice();
  const model = await LlmMde.create(smallConfiguration(changes), { compiler: compiled ? compiler : eager });
  giveAdaptersValues(model);
  return model;
}

/** Of one block each: the embeddings have no number. */
const SEVERAL_LAYERS: LlmMdeOptions = { head: { layers: [1], channels: [8], output: 'log', imageSkip: false } };

describe('the exported model', () => {
  let resting: number;
  beforeEach(async () => {
    await openDevice();
    resting = tf.memory().numTensors;
  });
  // An engine lets a model's tensors go a moment after the model is disposed: the next test must not count that.
  afterEach(() => expect.poll(() => tf.memory().numTensors, { timeout: 10_000 }).toBeLessThanOrEqual(resting));

  it.each<[string, LlmMdeOptions, ExportOnnxOptions]>([
    ['adaptive prompts', {}, {}],
    ['adaptive prompts, two at a time', {}, { batch: 2 }],
    ['scene prompts', { prompt: { style: 'scene' } }, {}],
    ['a fixed prompt', { prompt: { style: 'fixed' } }, { batch: 'dynamic' }],
    ['no prompt', { prompt: { style: 'none' } }, {}],
    ['no language model', { language: { mode: 'absent' } }, {}],
    ['an attention layer', { language: { mode: 'attention' } }, {}],
    ['several layers and log depth', SEVERAL_LAYERS, {}],
    ['an assumed camera', { imageSize: [32, 48], camera: { focalLength: 40 } }, {}],
    ['a factor of its depth', { depthScale: 1.3 }, {}],
    ['a focal length', { imageSize: [32, 48], camera: { focalLength: 40 }, depthScale: 0.7 }, { camera: 'input' }],
  ])('gives what predict gives: %s', async (name, changes, options) => {
    const model = await makeModel(changes);
    const path = join(folder.path, name);
    await exportOnnx(model, path, options);
    const session = await InferenceSession.create(join(path, 'onnx', 'model.onnx'));
    for (const seeds of options.batch === 2 ? [[1, 2]] : [[3], [1, 2, 5]]) {
      const images = seeds.map((seed) => ({
        // An assumed camera is that of the input's shape.
        ...waves(seed, ...(changes.camera ? ([48, 32] as const) : ([20 + seed, 31] as const))),
        ...(options.camera === 'input' && { focalLength: 20 + seed }),
      }));
      const depths = await run(session, model, images);
      const predictions = await model.predict(images);
      for (const [index, { depth }] of predictions.entries())
        expect(largestDifference(depths[index]!, depth)).toBeLessThan(1e-4);
    }
    await session.release();
    await model.dispose();
  });

  it.each([true, false])('leaves the model as it was; compiled: %s', async (compiled) => {
    const model = await makeModel({}, { compiled });
    await exportOnnx(model, join(folder.path, 'first'));
    const before = await model.predict(waves(4));
    model.network.train();
    const { numTensors } = tf.memory();
    await exportOnnx(model, join(folder.path, 'second'));
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(model.network.training).toBe(true);
    expect((await model.predict(waves(4))).depth).toEqual(before.depth);
    const files = ['first', 'second'].map((name) => readFile(join(folder.path, name, 'onnx', 'model.onnx')));
    const [first, second] = await Promise.all(files);
    expect(first!.equals(second!)).toBe(true);
    await model.dispose();
  });

  it('is written as a whole, and replaces what was there', async () => {
    const model = await makeModel({ prompt: { style: 'none' } });
    const path = join(folder.path, 'again');
    await exportOnnx(model, path, { externalData: true });
    expect((await readdir(path, { recursive: true })).sort()).toEqual([
      'config.json',
      'onnx',
      'onnx/model.onnx',
      'onnx/model.onnx_data',
      'preprocessor_config.json',
    ]);
    await exportOnnx(model, path);
    expect(await readdir(join(path, 'onnx'))).toEqual(['model.onnx']);
    expect((await readdir(folder.path)).filter((name) => name.includes('.tmp'))).toEqual([]);
    await model.dispose();
  });
});

describe("transformers.js' pipeline", () => {
  it.each<[string, LlmMdeOptions, ExportOnnxOptions]>([
    ['fixed', { prompt: { style: 'fixed' } }, {}],
    ['none', { prompt: { style: 'none' } }, { externalData: true }],
    ['text', {}, { prompt: { text: 'A room, and how far away everything in it is.' } }],
  ])('opens the folder, and gives what predict gives: prompt %s', async (name, changes, options) => {
    const model = await makeModel(changes);
    const path = join(folder.path, `pipeline-${name}`);
    await exportOnnx(model, path, options);
    Object.assign(env, { allowRemoteModels: false, localModelPath: dirname(path) });
    const estimate = await pipeline('depth-estimation', basename(path));
    // Of the model's own size: each library resizes images in its own way.
    const image = waves(6, 32, 32);
    const result = await estimate(new TransformersImage(Uint8ClampedArray.from(image.data), 32, 32, 3));
    const { predicted_depth: estimated } = Array.isArray(result) ? result[0]! : result;
    const { prompt } = options;
    const { depth } = await (typeof prompt === 'object'
      ? predictWith(model, image, prompt.text)
      : model.predict(image));
    expect(estimated.dims).toEqual([32, 32]);
    expect(largestDifference(estimated.data as Float32Array, depth)).toBeLessThan(1e-4);
    await estimate.dispose();
    await model.dispose();
  });
});

it('says what does not fit', async () => {
  const adaptive = await makeModel();
  const none = await makeModel({ prompt: { style: 'none' } });
  const failing = (model: LlmMde, options: ExportOnnxOptions) =>
    expect(exportOnnx(model, join(folder.path, 'no'), options));
  await failing(adaptive, { batch: 0 }).rejects.toThrow('"batch" must be a positive integer or \'dynamic\', got 0.');
  await failing(adaptive, { prompt: 'baked' }).rejects.toThrow("This model's prompts describe each image");
  await failing(adaptive, { prompt: { text: ' ' } }).rejects.toThrow('The prompt to bake in is empty.');
  await failing(adaptive, { prompt: { text: 'wall '.repeat(300) } }).rejects.toThrow(
    'the language model takes at most 256 tokens',
  );
  await failing(none, { prompt: 'adaptive' }).rejects.toThrow('This model uses no prompt');
  expect(await readdir(folder.path)).not.toContain('no');
  await adaptive.dispose();
  await none.dispose();
});

/** Depth of each image at its own size. */
async function run(session: InferenceSession, model: LlmMde, images: readonly RawImage[]): Promise<Float32Array[]> {
  const { pixelValues, inputIds, attentionMask, depthScale } = (await model.prepareImages(images)).inputs;
  const [batch, height, width] = pixelValues.shape;
  const planes = new Float32Array(pixelValues.data.length);
  for (let index = 0; index < planes.length; index++) {
    const [image, within] = [Math.floor(index / (3 * height * width)), index % (3 * height * width)];
    const [channel, pixel] = [Math.floor(within / (height * width)), within % (height * width)];
    planes[index] = pixelValues.data[(image * height * width + pixel) * 3 + channel]!;
  }
  const integers = ({ data, shape }: { data: ArrayLike<number>; shape: readonly number[] }) =>
    new Tensor('int64', BigInt64Array.from(Array.from(data, BigInt)), shape);
  const { predicted_depth: maps } = await session.run({
    pixel_values: new Tensor('float32', planes, [batch, 3, height, width]),
    ...(session.inputNames.includes('input_ids') && {
      input_ids: integers(inputIds!),
      attention_mask: integers(attentionMask!),
    }),
    ...(session.inputNames.includes('focal_length') && {
      focal_length: new Tensor(
        'float32',
        depthScale!.data.map((scale) => scale * model.configuration.camera!.focalLength),
        depthScale!.shape,
      ),
    }),
  });
  const [, rows, columns] = maps!.dims as [number, number, number];
  return images.map((image, index) => {
    const map = (maps!.data as Float32Array).subarray(index * rows * columns, (index + 1) * rows * columns);
    return resizeDepth(map, rows, columns, image.height, image.width);
  });
}

/** The prediction with another prompt than the model's own. */
async function predictWith(model: LlmMde, image: RawImage, text: string): Promise<{ depth: Float32Array }> {
  const { pixelValues } = (await model.prepareImages(image)).inputs;
  const maps = await eager((inputs: ModelInputs) => model.network.forward(inputs))({
    pixelValues,
    ...model.processor.tokenize([text]),
  });
  const [, rows, columns] = maps.shape;
  return { depth: resizeDepth(await maps.data<'float32'>(), rows, columns, image.height, image.width) };
}
