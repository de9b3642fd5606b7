import { describeGoldenCases } from '@llm-mde/tooling-vitest/testing/golden-cases';
import { expectNoTensorsLeft, passBackward } from '@llm-mde/tooling-vitest/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { AdaptationHead } from './adaptation-head.js';

let outputSize: [number, number] | undefined;

describeGoldenCases(
  new URL('../fixtures/adaptation-head.json', import.meta.url),
  ({ outputSize: size, ...options }) => {
    outputSize = size ?? undefined;
    return new AdaptationHead(options);
  },
  (head, { tokens, image }) =>
    head.forward(tokens as tf.Tensor3D, {
      rows: 2,
      columns: 3,
      image: image as tf.Tensor4D | undefined,
      size: outputSize,
    }),
  // Rounding adds up over six convolutions and normalizations.
  { tolerance: 5e-5 },
);

describe('AdaptationHead', () => {
  it('doubles the resolution in each stage and stays within the maximum depth', async () => {
    const head = new AdaptationHead({ inFeatures: 8, projectedChannels: 6, channels: [5, 4], maximumDepth: 3 }).eval();
    const tokens = tf.mul(tf.randomNormal<tf.Rank.R3>([2, 12, 8], 0, 1, 'float32', 1), 50) as tf.Tensor3D;
    const depth = head.forward(tokens, { rows: 3, columns: 4 });
    expect(depth.shape).toEqual([2, 12, 16]);
    const values = await depth.data();
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(3);
    expect(head.forward(tokens, { rows: 3, columns: 4, size: [48, 63] }).shape).toEqual([2, 48, 63]);
    head.dispose();
  });

  it('has 0.8 million parameters with its defaults at base size', () => {
    const head = new AdaptationHead({ inFeatures: 768 });
    const convolutions = [256, 128, 64].map((channels, stage) => {
      const out = [128, 64, 32][stage]!;
      return 9 * channels * out + 9 * out * out + channels * out + 4 * out;
    });
    const expected = 768 * 256 + 256 + convolutions.reduce((sum, count) => sum + count) + 9 * 32 + 1;
    expect(head.parameterCount()).toBe(expected);
    expect(expected).toBe(821_665);
    expect(head.maximumDepth).toBe(10);
    head.dispose();
  });

  it('leaves no tensors behind in forward and backward passes', async () => {
    const head = new AdaptationHead({ inFeatures: 4, projectedChannels: 3, channels: [3, 2], imageSkip: true });
    const tokens = tf.ones<tf.Rank.R3>([1, 4, 4]);
    const image = tf.ones<tf.Rank.R4>([1, 7, 7, 3]);
    const output = () => head.forward(tokens, { rows: 2, columns: 2, image });
    await expectNoTensorsLeft(() => passBackward(output, head.trainableVariables()));
    head.dispose();
  });

  it('refuses what does not fit', () => {
    const head = new AdaptationHead({ inFeatures: 4, projectedChannels: 3, channels: [2], imageSkip: true });
    const tokens = tf.zeros<tf.Rank.R3>([1, 6, 4]);
    expect(() => head.forward(tokens, { rows: 2, columns: 4 })).toThrow(
      '6 tokens do not make a grid of 2 rows and 4 columns.',
    );
    expect(() => head.forward(tokens, { rows: 2, columns: 3 })).toThrow('This head has an image skip');
    expect(() => new AdaptationHead({ inFeatures: 4, channels: [] })).toThrow('channels must not be empty');
    expect(() => new AdaptationHead({ inFeatures: 4, maximumDepth: 0 })).toThrow('got 0.');
    head.dispose();
  });
});
