import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { Conv2d } from './conv2d.js';

it('refuses an image with another number of channels', () => {
  const convolution = new Conv2d({ inChannels: 3, outChannels: 4, kernelSize: 3 });
  expect(() => convolution.forward(tf.zeros([1, 8, 8, 4]))).toThrow(
    'Conv2d expects an input of shape [B,H,W,3], got [1,8,8,4].',
  );
});
