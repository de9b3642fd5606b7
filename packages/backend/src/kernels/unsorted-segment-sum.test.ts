import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { unsortedSegmentSum } from './unsorted-segment-sum.js';

// The composed kernel itself, on the open device, also where the library has its own.
test('unsortedSegmentSum adds up the rows of each id and leaves ids outside out', async () => {
  const rows = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [5, 2]);
  expect(await sum(rows, [2, 0, 2, 7, -1], 4)).toEqual({
    shape: [4, 2],
    dtype: 'float32',
    values: [3, 4, 0, 0, 6, 8, 0, 0],
  });
});

test('unsortedSegmentSum keeps int32 and further axes', async () => {
  const rows = tf.tensor3d([1, 2, 3, 4, 5, 6], [3, 1, 2], 'int32');
  expect(await sum(rows, [1, 1, 0], 2)).toEqual({ shape: [2, 1, 2], dtype: 'int32', values: [5, 6, 4, 6] });
});

test('unsortedSegmentSum into no segment is empty', async () => {
  expect(await sum(tf.ones([2, 3]), [0, 1], 0)).toEqual({ shape: [0, 3], dtype: 'float32', values: [] });
});

async function sum(x: tf.Tensor, ids: number[], numSegments: number) {
  const segmentIds = tf.tensor1d(ids, 'int32');
  const numTensors = tf.memory().numTensors;
  const inputs = { x, segmentIds };
  const result = tf.tidy(
    () => unsortedSegmentSum({ inputs, attrs: { numSegments }, backend: tf.backend() }) as tf.Tensor,
  );
  const { shape, dtype } = result;
  const values = [...(await result.data())];
  expect(tf.memory().numTensors).toBe(numTensors + 1);
  tf.dispose([result, x, segmentIds]);
  return { shape, dtype, values };
}
