import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { CompileError, trace } from '../index.js';

await tf.setBackend('cpu');

/** What graphs of TensorFlow compute of shapes; eager TensorFlow.js says what is right. */
const COMPUTATIONS: Record<string, (shape: tf.Tensor1D) => tf.Tensor> = {
  slice: (shape) => tf.slice(shape, [1], [2]),
  'strided slice': (shape) => tf.stridedSlice(shape, [3], [0], [-1]),
  gather: (shape) => tf.gather(shape, tf.tensor2d([2, 0], [1, 2], 'int32')),
  split: (shape) => tf.split(shape, [1, 3])[1]!,
  concat: (shape) => tf.concat([shape, tf.tensor1d([7], 'int32'), shape]),
  stack: (shape) => tf.stack([shape, shape], 1),
  arithmetic: (shape) => tf.add(tf.mul(shape, tf.scalar(3, 'int32')), tf.sub(shape, tf.scalar(9, 'int32'))),
  'whole division': (shape) => tf.floorDiv(tf.sub(tf.scalar(3, 'int32'), shape), tf.scalar(2, 'int32')),
  remainder: (shape) => tf.mod(tf.sub(shape, tf.scalar(4, 'int32')), tf.scalar(3, 'int32')),
  scaling: (shape) => tf.cast(tf.floor(tf.mul(tf.cast(shape, 'float32'), tf.scalar(0.7))), 'int32'),
  comparison: (shape) => tf.where(tf.greater(shape, tf.scalar(3, 'int32')), shape, tf.zerosLike(shape)),
  extremes: (shape) => tf.stack([tf.max(shape), tf.min(shape), tf.prod(shape), tf.sum(shape)]),
  'rows of a matrix': (shape) => tf.max(tf.transpose(tf.reshape(shape, [2, 2])), 1),
  repeated: (shape) => tf.broadcastTo(tf.reshape(shape, [4, 1]), [4, 2]),
};

it.each(Object.keys(COMPUTATIONS))('%s', async (name) => {
  const compute = COMPUTATIONS[name]!;
  const expected = compute(tf.tensor1d([2, 5, 3, 4], 'int32'));
  let found: number[] = [];
  trace(
    (x: tf.Tensor) => {
      const computed = compute(tf.tensor1d(x.shape, 'int32'));
      expect(computed.shape).toEqual(expected.shape);
      found = Array.from(computed.dataSync());
      return tf.neg(x);
    },
    [{ shape: [2, 5, 3, 4] }],
  );
  expect(found).toEqual(Array.from(expected.dataSync()));
});

it('leaves what depends on values alone', () => {
  const reading = (x: tf.Tensor) => tf.mul(x, tf.sum(tf.add(x, 1)).dataSync()[0]!);
  expect(() => trace(reading, [{ shape: [2] }])).toThrow(CompileError);
  const beyond = (x: tf.Tensor) =>
    tf.mul(x, tf.gather(tf.tensor1d([1, 2, 3], 'int32'), tf.tensor1d([9], 'int32')).dataSync()[0]!);
  expect(() => trace(beyond, [{ shape: [2] }])).toThrow('dataSync() reads a value');
});
