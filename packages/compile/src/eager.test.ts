import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eager } from './eager.js';

beforeAll(async () => {
  tf.env().set('IS_TEST', true);
  await tf.setBackend('cpu');
});
afterAll(() => tf.removeBackend('cpu'));

it('takes values instead of tensors, at any depth, and leaves nothing but the results', async () => {
  const run = eager((parts: { x: tf.Tensor; ids: tf.Tensor[] }, factor: number) => ({
    sum: tf.add(parts.x, tf.cast(parts.ids[0]!, 'float32')),
    scaled: tf.mul(parts.x, factor),
    dtype: parts.ids[0]!.dtype,
  }));
  const before = tf.memory().numTensors;
  const { sum, scaled, dtype } = await run(
    { x: { data: Float32Array.of(1, 2), shape: [2] }, ids: [{ data: Int32Array.of(3, 4), shape: [2] }] },
    10,
  );
  expect([await sum.data(), await scaled.data(), dtype]).toEqual([
    Float32Array.of(4, 6),
    Float32Array.of(10, 20),
    'int32',
  ]);
  expect(tf.memory().numTensors).toBe(before + 2);
  tf.dispose([sum, scaled]);
});

it('assigns variables and leaves the tensors that it is given', async () => {
  const count = tf.variable(tf.scalar(1));
  const run = eager((x: tf.Tensor) => {
    count.assign(tf.add(count, x) as tf.Scalar);
    return tf.mul(x, 2);
  });
  const given = tf.scalar(5);
  const [first, second] = [await run(given), await run(given)];
  expect(await count.data()).toEqual(Float32Array.of(11));
  expect(await given.data()).toEqual(Float32Array.of(5));
  tf.dispose([first, second, given, count]);
});
