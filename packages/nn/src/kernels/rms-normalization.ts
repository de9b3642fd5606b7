import * as tf from '@tensorflow/tfjs-core';
import { compositeKernel } from './composite-kernel.js';

/**
 * Root mean square normalization over the last axis (Zhang and Sennrich 2019, arXiv 1910.07467): x / √(mean(x²) + epsilon) · weight.
 *
 * @param x [..., D], float32.
 * @param weight [D]
 */
export function rmsNormalization<T extends tf.Tensor>(x: T, weight: tf.Tensor, epsilon: number): T {
  return kernel({ x, weight }, { epsilon }) as T;
}

const kernel = compositeKernel<'x' | 'weight'>({
  kernelName: 'LlmMdeRmsNormalization',
  inputsToSave: ['x', 'weight'],
  outputsToSave: [false, true],
  forward: ({ x, weight }, { epsilon }) => {
    const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon!));
    return [tf.mul(tf.mul(x, inverse), weight), inverse];
  },
  // With n = x·s and g = dy·weight:  dx = s·(g − n·mean(g·n)).
  gradient: (dy, [x, weight, inverse]) => {
    const normalized = () => tf.mul(x!, inverse!);
    const batchAxes = dy.shape.map((_, axis) => axis).slice(0, -1);
    return {
      x: () => {
        const scaled = tf.mul(dy, weight!);
        const direction = normalized();
        const along = tf.mul(direction, tf.mean(tf.mul(scaled, direction), -1, true));
        return tf.mul(tf.sub(scaled, along), inverse!);
      },
      weight: () => tf.sum(tf.mul(dy, normalized()), batchAxes),
    };
  },
});
