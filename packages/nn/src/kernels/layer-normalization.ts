import * as tf from '@tensorflow/tfjs-core';
import { compositeKernel } from './composite-kernel.js';

/**
 * Layer normalization over the last axis (Ba et al. 2016, arXiv 1607.06450): (x − mean) / √(variance + epsilon) · weight + bias, with
 * the biased variance.
 *
 * @param x [..., D], float32.
 * @param weight [D]
 * @param bias [D]
 */
export function layerNormalization<T extends tf.Tensor>(x: T, weight: tf.Tensor, bias: tf.Tensor, epsilon: number): T {
  return kernel({ x, weight, bias }, { epsilon }) as T;
}

const kernel = compositeKernel<'x' | 'weight' | 'bias'>({
  kernelName: 'LlmMdeLayerNormalization',
  inputsToSave: ['x', 'weight'],
  outputsToSave: [false, true, true],
  forward: ({ x, weight, bias }, { epsilon }) => {
    const mean = tf.mean(x, -1, true);
    const centered = tf.sub(x, mean);
    const inverseDeviation = tf.rsqrt(tf.add(tf.mean(tf.square(centered), -1, true), epsilon!));
    const result = tf.add(tf.mul(tf.mul(centered, inverseDeviation), weight), bias);
    return [result, mean, inverseDeviation];
  },
  // With n = (x − mean)·s and g = dy·weight:  dx = s·(g − mean(g) − n·mean(g·n)).
  gradient: (dy, [x, weight, mean, inverseDeviation]) => {
    const normalized = () => tf.mul(tf.sub(x!, mean!), inverseDeviation!);
    const batchAxes = dy.shape.map((_, axis) => axis).slice(0, -1);
    return {
      x: () => {
        const scaled = tf.mul(dy, weight!);
        const direction = normalized();
        const along = tf.mul(direction, tf.mean(tf.mul(scaled, direction), -1, true));
        return tf.mul(tf.sub(tf.sub(scaled, tf.mean(scaled, -1, true)), along), inverseDeviation!);
      },
      weight: () => tf.sum(tf.mul(dy, normalized()), batchAxes),
      bias: () => tf.sum(dy, batchAxes),
    };
  },
});
