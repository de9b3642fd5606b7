import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { MultiHeadAttention } from './multi-head-attention.js';
import { describeGoldenCases } from './testing/golden-cases.js';

describeGoldenCases(
  'multi-head-attention',
  (options) => new MultiHeadAttention(options),
  (attention, { x, context, mask }) =>
    attention.forward(x as tf.Tensor3D, { context: context as tf.Tensor3D | undefined, mask }),
);

it('shows weights that sum to one and avoid masked keys', async () => {
  const attention = new MultiHeadAttention({ queryFeatures: 8, headCount: 2 }).eval();
  const x = tf.randomNormal<tf.Rank.R3>([1, 4, 8], 0, 1, 'float32', 7);
  const mask = tf.tensor([0, 0, 0, -1e9], [1, 1, 1, 4]);
  const weights = attention.attentionWeights(x, { mask });
  expect(weights.shape).toEqual([1, 2, 4, 4]);
  for (const sum of await tf.sum(weights, -1).data()) expect(sum).toBeCloseTo(1, 5);
  expect(await tf.max(tf.slice(weights, [0, 0, 0, 3], [1, 2, 4, 1])).data()).toEqual(Float32Array.of(0));
});

it('drops attention weights in training mode only', async () => {
  const attention = new MultiHeadAttention({ queryFeatures: 8, headCount: 2, dropout: 0.5 });
  const x = tf.randomNormal<tf.Rank.R3>([1, 4, 8], 0, 1, 'float32', 7);
  const difference = async () => (await tf.max(tf.abs(tf.sub(attention.forward(x), attention.forward(x)))).data())[0]!;
  expect(await difference()).toBeGreaterThan(0.01);
  attention.eval();
  expect(await difference()).toBe(0);
});
