import { expectNoTensorsLeft, largestDifference } from '@llm-mde/tooling-vitest/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectFiniteDifferences } from '../testing/finite-differences.js';
import { random } from '../testing/random-tensors.js';
import { bilinearResize, resizeWithMatrices } from './resize.js';

describe('bilinearResize', () => {
  it('keeps an image of the same size', async () => {
    const x = random([2, 3, 4, 2]) as tf.Tensor4D;
    for (const options of [{}, { antialias: true }]) {
      expect(await bilinearResize(x, [3, 4], options).data()).toEqual(await x.data());
    }
  });

  it('keeps images of a batch apart', async () => {
    const x = random([2, 3, 4, 2]) as tf.Tensor4D;
    const [first] = tf.split(bilinearResize(x, [5, 7]), 2);
    const alone = bilinearResize(tf.slice(x, [0, 0, 0, 0], [1, 3, 4, 2]), [5, 7]);
    expect(await largestDifference(first!, alone)).toBeLessThan(1e-6);
  });

  it('has the gradient that differences give, for a batch', () =>
    expectFiniteDifferences((x) => bilinearResize(x as tf.Tensor4D, [4, 5]), [random([2, 3, 2, 2])]));

  it('leaves no tensors behind', () => {
    const x = random([1, 3, 4, 2]) as tf.Tensor4D;
    return expectNoTensorsLeft(() => bilinearResize(x, [6, 8]).dispose());
  });

  it('refuses what makes no size', () => {
    const x = random([1, 3, 4, 2]) as tf.Tensor4D;
    expect(() => bilinearResize(x, [0, 4])).toThrow('a height and a width as positive integers, got 0 and 4');
  });
});

it('resizeWithMatrices weights rows and columns', async () => {
  const x = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
  const rows = tf.tensor2d([[1, 10]]);
  const columns = tf.tensor2d([
    [1, 0],
    [0, 1],
    [1, 1],
  ]);
  expect(Array.from(await resizeWithMatrices(x, rows, columns).data())).toEqual([31, 42, 73]);
});
