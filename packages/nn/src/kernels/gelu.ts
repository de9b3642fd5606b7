import * as tf from '@tensorflow/tfjs-core';
import { compositeKernel } from './composite-kernel.js';

/**
 * The exact Gaussian error linear unit x·Φ(x) = x/2 · (1 + erf(x/√2)), which ViT, DINOv2 and BERT use (Hendrycks and Gimpel 2016,
 * arXiv 1606.08415; not the tanh approximation).
 *
 * @param x Any shape, float32.
 */
export function gelu<T extends tf.Tensor>(x: T): T {
  return kernel({ x }) as T;
}

const kernel = compositeKernel<'x'>({
  kernelName: 'LlmMdeGelu',
  inputsToSave: ['x'],
  outputsToSave: [false],
  forward: ({ x }) => [tf.mul(x, normalDistribution(x))],
  // d/dx x·Φ(x) = Φ(x) + x·φ(x)
  gradient: (dy, [x]) => ({
    x: () => tf.mul(dy, tf.add(normalDistribution(x!), tf.mul(x!, normalDensity(x!)))),
  }),
});

/** Φ(x), the distribution function of the standard normal distribution. */
function normalDistribution(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** φ(x), its density. */
function normalDensity(x: tf.Tensor): tf.Tensor {
  return tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
}
