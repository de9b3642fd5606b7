import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { BatchNorm2d } from './batch-norm2d.js';
import { LayerNorm } from './layer-norm.js';
import { Linear } from './linear.js';

it('layers refuse inputs with another number of features, which broadcasting would take', () => {
  expect(() => new LayerNorm(3).forward(tf.zeros([2, 1]))).toThrow(
    'LayerNorm expects an input of shape [..., 3], got [2,1].',
  );
  expect(() => new Linear(3, 2).forward(tf.zeros([3, 1]))).toThrow(
    'Linear expects an input of shape [..., 3], got [3,1].',
  );
  expect(() => new BatchNorm2d(3).forward(tf.zeros([1, 2, 2, 1]))).toThrow(
    'BatchNorm2d expects an input of shape [B,H,W,3], got [1,2,2,1].',
  );
});
