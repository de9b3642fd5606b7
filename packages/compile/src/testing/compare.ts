import { expectSameValues, type Program, valuesOf, valuesOn } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { compile } from '../index.js';

/** Compares a compiled function with what TensorFlow.js' plain JavaScript backend computes. */
export async function expectSame(program: Program, inputs: tf.Tensor[]): Promise<void> {
  const data = await Promise.all(inputs.map((input) => input.data()));
  const expected = await valuesOn('cpu', program, () =>
    inputs.map(({ shape, dtype }, index) => tf.tensor(data[index]!.slice(), shape, dtype)),
  );
  const compiled = compile((...args: tf.Tensor[]) => [program(...args)].flat());
  try {
    expectSameValues(await valuesOf(await compiled(...inputs)), expected, 2e-5);
  } finally {
    await compiled.dispose();
  }
}
