import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/**
 * Compares the gradients of `sum(f(inputs) · weights)` with central differences along every coordinate of every input.
 *
 * float32 leaves about three digits of a difference quotient: the tolerance is 2 % of the largest derivative.
 */
export async function expectFiniteDifferences(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
  step = 1e-2,
): Promise<void> {
  const output = f(...inputs);
  const weights = tf.tensor(
    Float32Array.from({ length: output.size }, (_, index) => Math.sin(index + 1)),
    output.shape,
  );
  const loss = (...values: tf.Tensor[]) => tf.sum(tf.mul(f(...values), weights)) as tf.Scalar;
  const gradients = tf.grads(loss)(inputs);
  for (const [which, input] of inputs.entries()) {
    const analytic = await gradients[which]!.data();
    const values = await input.data();
    const largest = (analytic as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (let index = 0; index < values.length; index++) {
      const at = async (offset: number) => {
        const moved = Float32Array.from(values);
        moved[index]! += offset;
        const arguments_ = inputs.map((other, position) =>
          position === which ? tf.tensor(moved, input.shape) : other,
        );
        return (await loss(...arguments_).data())[0]!;
      };
      const numeric = ((await at(step)) - (await at(-step))) / (2 * step);
      const message = `input ${which}[${index}]: ${analytic[index]} where differences give ${numeric}`;
      expect(Math.abs(analytic[index]! - numeric), message).toBeLessThan(0.02 * largest + 1e-4);
    }
  }
}
