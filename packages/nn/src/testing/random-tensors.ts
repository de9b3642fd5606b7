import * as tf from '@tensorflow/tfjs-core';
import { elementCount } from '../initializers.js';
import { uniformGenerator } from '../random.js';

/** Uniform values in [−1.5, 1.5), another sequence for every shape. */
export function random(shape: number[]): tf.Tensor {
  const next = uniformGenerator(shape.reduce((seed, size) => seed * 31 + size, 1));
  return tf.tensor(
    Float32Array.from({ length: elementCount(shape) }, () => 3 * next() - 1.5),
    shape,
  );
}

/** Zeros and 1.5s. */
export function dropoutLike(shape: number[]): tf.Tensor {
  return tf.mul(tf.cast(tf.greater(random(shape), -0.5), 'float32'), 1.5);
}
