import * as tf from '@tensorflow/tfjs-core';

/**
 * Scales all gradients by one factor so that their common norm is at most `maximumNorm`, as PyTorch's `clip_grad_norm_` does. Disposes
 * the given gradients.
 *
 * @param gradients By name, as `tf.variableGrads` returns them.
 * @param order As for `gradientNorm`.
 * @returns the scaled gradients and the norm that they had, a scalar.
 */
export function clipGradients(
  gradients: tf.NamedTensorMap,
  maximumNorm: number,
  order?: readonly string[],
): { gradients: tf.NamedTensorMap; norm: tf.Scalar } {
  const tensors = Object.values(gradients);
  const result = tf.tidy(() => {
    const norm = gradientNorm(gradients, order);
    const factor = clippingFactor(norm, maximumNorm);
    const scaled: tf.NamedTensorMap = {};
    for (const [name, gradient] of Object.entries(gradients)) scaled[name] = tf.mul(gradient, factor);
    return { gradients: scaled, norm };
  });
  tf.dispose(tensors);
  return result;
}

/**
 * The norm of all gradients together, a scalar.
 *
 * @param order Names in the order in which squares are added. TensorFlow.js names variables by number, and an object sorts such names: by when a
 * variable was made, which differs between a new model and a loaded one, and with it the norm's last digit. @default the object's
 */
export function gradientNorm(
  gradients: tf.NamedTensorMap,
  order: readonly string[] = Object.keys(gradients),
): tf.Scalar {
  return tf.tidy(() => {
    const ordered = order.flatMap((name) => gradients[name] ?? []);
    const squares = ordered.map((gradient) => tf.sum(tf.square(gradient)));
    // Not addN: WebGPU gives a sum of more terms than a shader may have inputs as 0, without an error.
    return tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square), tf.scalar(0))) as tf.Scalar;
  });
}

/** What gradients of this norm are multiplied with so that it is at most `maximumNorm`. */
export function clippingFactor(norm: tf.Scalar, maximumNorm: number): tf.Scalar {
  return tf.tidy(() => tf.minimum(tf.div(maximumNorm, tf.add(norm, 1e-6)), tf.scalar(1)));
}

/** Adds gradients of further parts of a batch to those of the first; both are disposed. `undefined` stands for none yet. */
export function accumulateGradients(
  sum: tf.NamedTensorMap | undefined,
  gradients: tf.NamedTensorMap,
): tf.NamedTensorMap {
  if (!sum) return gradients;
  const added: tf.NamedTensorMap = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    const before = sum[name];
    added[name] = before ? tf.add(before, gradient) : gradient;
    if (before) tf.dispose([before, gradient]);
  }
  return added;
}

/** Multiplies all gradients with a number; disposes the given ones. */
export function scaleGradients(gradients: tf.NamedTensorMap, factor: number): tf.NamedTensorMap {
  if (factor === 1) return gradients;
  const scaled: tf.NamedTensorMap = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    scaled[name] = tf.mul(gradient, factor);
    gradient.dispose();
  }
  return scaled;
}
