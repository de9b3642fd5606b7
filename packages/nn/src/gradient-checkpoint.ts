import * as tf from '@tensorflow/tfjs-core';
import { repeatableDropout } from './dropout.js';

/**
 * Runs a part of a network without keeping what its backward pass needs, and computes it again when that comes: less memory for one
 * more forward pass (Chen et al. 2016, arXiv 1604.06174). Dropout masks are the same both times. The part must not update buffers, as
 * batch normalization does in training mode: it would do so twice.
 *
 * @param forward The part, a function of `x`, of the constants and of the variables.
 * @param x Its input.
 * @param variables The trainable variables that it uses, such as `module.trainableVariables()`.
 * @param constants Other tensors that it reads, such as a mask: they are kept until the backward pass, and get no gradient. A tensor that
 * is only captured may have been disposed by then.
 */
export function gradientCheckpoint<T extends tf.Tensor>(
  forward: (x: T, ...constants: tf.Tensor[]) => T,
  x: T,
  variables: tf.Variable[],
  constants: tf.Tensor[] = [],
): T {
  const repeat = repeatableDropout();
  const operation = tf.customGrad((...inputs: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = inputs.at(-1) as tf.GradSaveFunc;
    save([inputs[0] as T, ...constants]);
    return {
      value: repeat(() => forward(inputs[0] as T, ...constants)),
      gradFunc: (dy: tf.Tensor, [saved, ...others]: tf.Tensor[]) =>
        innerGradients(() => repeat(() => forward(saved as T, ...others)), [saved!, ...variables], dy),
    };
  });
  return operation(x, ...variables) as T;
}

/**
 * Gradients inside a backward pass. TensorFlow.js keeps one tape; a gradient that starts after its forward pass has ended would begin a
 * new one and, when done, dispose what the outer backward pass still needs. So the outer tape is put aside meanwhile.
 */
function innerGradients(f: () => tf.Tensor, inputs: tf.Tensor[], dy: tf.Tensor): tf.Tensor[] {
  const { state } = tf.engine();
  const outerTape = state.activeTape;
  try {
    const { value, grads } = tf.engine().gradients(f, inputs, dy, true);
    value.dispose();
    return grads.map((gradient, index) => gradient ?? tf.zerosLike(inputs[index]!));
  } finally {
    state.activeTape = outerTape;
  }
}
