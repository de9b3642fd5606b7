import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { BatchNorm2d } from './batch-norm2d.js';

it('refuses to train on a single value per channel', () => {
  expect(() => new BatchNorm2d(3).forward(tf.zeros([1, 1, 1, 3]))).toThrow('cannot train on one value per channel');
});
