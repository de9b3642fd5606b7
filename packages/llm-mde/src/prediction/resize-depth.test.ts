import { bilinearResize } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { resizeDepth } from './resize-depth.js';

it.each([
  [4, 6, 11, 5],
  [5, 3, 5, 3],
  [2, 2, 1, 1],
  [1, 1, 3, 4],
])('equals the resize of tensors: %i×%i to %i×%i', async (rows, columns, height, width) => {
  const depth = Float32Array.from({ length: rows * columns }, (_, index) => 1 + ((index * 7) % 5));
  const expected = await bilinearResize(tf.tensor4d(depth, [1, rows, columns, 1]), [height, width]).data();
  const resized = resizeDepth(depth, rows, columns, height, width);
  expect(resized.length).toBe(expected.length);
  resized.forEach((metres, pixel) => {
    expect(Math.abs(metres - expected[pixel]!)).toBeLessThan(1e-5);
  });
});
