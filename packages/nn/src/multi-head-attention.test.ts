import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { MultiHeadAttention } from './multi-head-attention.js';

it('drops attention weights in training mode only', async () => {
  const attention = new MultiHeadAttention({ embedDim: 8, headCount: 2, dropout: 0.5 });
  const x = tf.randomNormal<tf.Rank.R3>([1, 4, 8], 0, 1, 'float32', 7);
  const difference = async () => (await tf.max(tf.abs(tf.sub(attention.forward(x), attention.forward(x)))).data())[0]!;
  expect(await difference()).toBeGreaterThan(0.01);
  attention.eval();
  expect(await difference()).toBe(0);
});

it('refuses a width that its heads do not divide', () => {
  expect(() => new MultiHeadAttention({ embedDim: 8, headCount: 3 })).toThrow('a multiple of headCount, got 8 and 3');
});
