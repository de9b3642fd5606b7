import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Dropout, repeatableDropout, withDropoutSeed } from './dropout.js';
import { manualSeed } from './random.js';

const ones = (shape: number[]) => tf.ones(shape);
const dropped = (values: ArrayLike<number>) => Array.from(values).filter((value) => value === 0).length;

describe('Dropout', () => {
  it('drops the asked share and keeps the mean', async () => {
    const output = await withDropoutSeed(5, () => new Dropout(0.1).forward(ones([500, 200]))).data();
    expect(dropped(output) / output.length).toBeCloseTo(0.1, 2);
    expect((output as Float32Array).reduce((sum, value) => sum + value, 0) / output.length).toBeCloseTo(1, 2);
  });

  it('drops rows and columns independently of each other', async () => {
    const size = 256;
    const mask = await withDropoutSeed(1, () => new Dropout(0.5).forward(ones([size, size]))).data();
    const kept = (row: number, column: number) => (mask[row * size + column]! > 0 ? 1 : -1);
    // The mean of four corners of a rectangle is ±1 for a mask made of a row's and a column's bit, and 0 for independent elements.
    let corners = 0;
    let count = 0;
    for (let row = 0; row < size - 1; row++) {
      for (let column = 0; column < size - 1; column++) {
        corners += kept(row, column) * kept(row + 1, column) * kept(row, column + 1) * kept(row + 1, column + 1);
        count++;
      }
    }
    expect(Math.abs(corners / count)).toBeLessThan(4 / Math.sqrt(count));
  });

  it('has the same mask on every device', async () => {
    const mask = await withDropoutSeed(123456, () => new Dropout(0.3).forward(ones([4, 24]))).data();
    const rows = Array.from({ length: 4 }, (_, row) =>
      Array.from(mask.slice(row * 24, row * 24 + 24), (value) => (value > 0 ? '#' : '.')).join(''),
    );
    expect(rows).toMatchInlineSnapshot(`
      [
        "##.#.#####.##.######.##.",
        "######.##..####.##.#.##.",
        "###############.##..###.",
        "#####.##..#...###.####.#",
      ]
    `);
  });

  it('follows from the seed and from the place in the forward pass', async () => {
    const dropout = new Dropout(0.5);
    const pass = (seed: number | tf.Scalar) =>
      withDropoutSeed(seed, () => [dropout.forward(ones([64])), dropout.forward(ones([64]))]);
    const [first, second] = pass(9);
    const [again] = pass(tf.scalar(9));
    const [other] = pass(10);
    expect(await again!.data()).toEqual(await first!.data());
    expect(await second!.data()).not.toEqual(await first!.data());
    expect(await other!.data()).not.toEqual(await first!.data());
  });

  it('repeats a part of a forward pass, with a seed and without', async () => {
    const dropout = new Dropout(0.5);
    const pass = () => {
      dropout.forward(ones([64]));
      const repeat = repeatableDropout();
      const part = () => repeat(() => dropout.forward(ones([64])));
      return [part(), part(), dropout.forward(ones([64]))];
    };
    for (const [first, second, next] of [withDropoutSeed(3, pass), pass()]) {
      expect(await second!.data()).toEqual(await first!.data());
      expect(await next!.data()).not.toEqual(await first!.data());
    }
  });

  it('draws new masks, the same in every run, where no seed is given', async () => {
    const run = async () => {
      manualSeed(4);
      const dropout = new Dropout(0.5);
      const masks = [dropout.forward(ones([64])), dropout.forward(ones([64]))];
      return Promise.all(masks.map(async (mask) => Array.from(await mask.data())));
    };
    const [first, second] = await run();
    expect(second).not.toEqual(first);
    expect(await run()).toEqual([first, second]);
  });

  it('is the identity in evaluation mode and leaves no tensors behind', () => {
    const dropout = new Dropout(0.5).eval();
    const x = ones([3]);
    expect(dropout.forward(x)).toBe(x);
    const before = tf.memory().numTensors;
    withDropoutSeed(1, () => dropout.train().forward(x)).dispose();
    dropout.forward(x).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a probability of 1', () => {
    expect(() => new Dropout(1)).toThrow('Dropout probability must be in [0, 1), got 1.');
  });
});
