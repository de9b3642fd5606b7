import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** The largest difference between the values of two tensors of one shape. */
export async function largestDifference(one: tf.Tensor, other: tf.Tensor): Promise<number> {
  expect(one.shape).toEqual(other.shape);
  const largest = tf.tidy(() => tf.max(tf.abs(tf.sub(one, other))));
  const [difference] = await largest.data();
  largest.dispose();
  return difference!;
}

/** Runs something once, which may create what is kept, and then again, which must leave as many tensors as there were. */
export async function expectNoTensorsLeft(run: () => unknown): Promise<void> {
  await run();
  const { numTensors } = tf.memory();
  for (let repeat = 0; repeat < 3; repeat++) await run();
  expect(tf.memory().numTensors).toBe(numTensors);
}

/** Computes the gradients of the sum of an output and disposes them. */
export function passBackward(output: () => tf.Tensor, variables: tf.Variable[]): void {
  const { value, grads } = tf.variableGrads(() => tf.sum(output()) as tf.Scalar, variables);
  tf.dispose([value, grads]);
}
