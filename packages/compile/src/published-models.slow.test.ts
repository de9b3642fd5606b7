import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import { numbers } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, expect, it } from 'vitest';
import { compile, toOnnx, trace } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

/** The files of a model in a package among the dev dependencies. */
function files(path: string, name = 'model'): tf.io.IOHandler {
  const folder = new URL(`../node_modules/${path}/`, import.meta.url);
  const { modelTopology, weightsManifest, ...others } = JSON.parse(
    readFileSync(new URL(`${name}.json`, folder), 'utf8'),
  ) as tf.io.ModelJSON;
  const parts = weightsManifest.flatMap(({ paths }) => paths.map((name) => readFileSync(new URL(name, folder))));
  const bytes = Buffer.concat(parts);
  return tf.io.fromMemory({
    ...(others as object),
    modelTopology,
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
  });
}

/** The largest difference, as a share of the largest value. */
async function difference(actual: tf.Tensor | ArrayLike<number>, expected: tf.Tensor): Promise<number> {
  const found = actual instanceof tf.Tensor ? await actual.data() : actual;
  const known = (await expected.data()) as Float32Array;
  expect(found.length).toBe(known.length);
  const largest = known.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return known.reduce((most, value, index) => Math.max(most, Math.abs(value - found[index]!)), 0) / largest;
}

it('basic-pitch hears the same notes, from weights of a tf.GraphModel', async () => {
  const model = await loadGraphModel(files('@spotify/basic-pitch/model'));
  const sound = tf.reshape(numbers([43844], 2), [1, 43844, 1]);
  const expected = model.predict(sound) as tf.Tensor[];
  const predict = compile(model);
  const actual = (await predict(sound)) as tf.Tensor[];
  for (const [index, tensor] of actual.entries()) {
    expect(tensor.shape).toEqual(expected[index]!.shape);
    expect(await difference(tensor, expected[index]!)).toBeLessThan(1e-4);
  }
  await predict.dispose();
  const { model: bytes } = await toOnnx(trace(model, { shape: [1, 43844, 1] }));
  const session = await InferenceSession.create(bytes);
  const results = await session.run({
    input_2: new Tensor('float32', (await sound.data()) as Float32Array, sound.shape),
  });
  for (const [index, name] of model.outputNodes.entries()) {
    expect(await difference(results[name]!.data as Float32Array, expected[index]!)).toBeLessThan(1e-4);
  }
});

it.each(['blazeface', 'emotion', 'handlandmark-lite', 'iris', 'movenet-lightning'])(
  '%s of @vladmandic/human sees the same, as a tf.GraphModel',
  async (name) => {
    const model = await loadGraphModel(files('@vladmandic/human/models', name));
    const { shape, dtype } = model.inputs[0] as { shape: number[]; dtype: 'float32' | 'int32' };
    const size = shape.map((length) => Math.abs(length));
    const image = tf.cast(tf.mul(tf.add(numbers(size, 3), 1), dtype === 'int32' ? 127 : 0.5), dtype);
    const expected = [model.predict(image)].flat() as tf.Tensor[];
    const predict = compile(model);
    const actual = [await predict(image)].flat() as tf.Tensor[];
    expect(actual).toHaveLength(model.outputs.length);
    for (const [index, tensor] of actual.entries()) {
      expect(tensor.shape).toEqual(expected[index]!.shape);
      expect(await difference(tensor, expected[index]!)).toBeLessThan(1e-4);
    }
    await predict.dispose();
  },
);

it.each([
  ['@upscalerjs/default-model/models', 2],
  ['@upscalerjs/esrgan-medium/models/x3', 3],
] as const)('%s makes the same larger images, as a tf.LayersModel', async (path, factor) => {
  const model = await loadLayersModel(files(path));
  const image = tf.mul(tf.add(numbers([1, 24, 20, 3]), 1), 0.5);
  const expected = model.predict(image) as tf.Tensor;
  expect(expected.shape).toEqual([1, 24 * factor, 20 * factor, 3]);
  for (const variables of ['read', 'constant'] as const) {
    const predict = compile(model, { variables });
    const actual = (await predict(image)) as tf.Tensor;
    expect(actual.shape).toEqual(expected.shape);
    expect(await difference(actual, expected)).toBeLessThan(1e-4);
    await predict.dispose();
  }
});

it('vscode-languagedetection, which reads strings in a loop, is refused by the name of the loop', async () => {
  const model = await loadGraphModel(files('@vscode/vscode-languagedetection/model'));
  const predict = compile(model);
  await expect(predict(tf.tensor1d(['let x = 1;'], 'string') as never)).rejects.toThrow(
    /Tensors of type string can't be compiled|has the operation/,
  );
  await expect(predict(tf.tensor1d([1]))).rejects.toThrow(/The model has the operation \w+ \(node ".+"\)/);
  await predict.dispose();
});
