import * as tf from '@tensorflow/tfjs-core';

/**
 * The norm of all gradients together, a scalar.
 *
 * @param gradients By name, as `tf.variableGrads` returns them.
 * @param order Names in the order in which squares are added. TensorFlow.js names variables by number, and an object sorts such names: by when a
 * variable was made, which differs between a new model and a loaded one, and with it the norm's last digit.
 */
export function gradientNorm(gradients: tf.NamedTensorMap, order: readonly string[]): tf.Scalar {
  return tf.tidy(() => {
    const ordered = order.flatMap((name) => gradients[name] ?? []);
    const squares = ordered.map((gradient) => tf.sum(tf.square(gradient)));
    // Not addN: WebGPU gives a sum of more terms than a shader may have inputs as 0, without an error.
    return tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square), tf.scalar(0))) as tf.Scalar;
  });
}

/** What gradients of this norm are multiplied with so that it is at most `maximumNorm`, as in PyTorch's `clip_grad_norm_`. */
export function clippingFactor(norm: tf.Scalar, maximumNorm: number): tf.Scalar {
  return tf.tidy(() => tf.minimum(tf.div(maximumNorm, tf.add(norm, 1e-6)), tf.scalar(1)));
}
