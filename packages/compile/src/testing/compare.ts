import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect } from 'vitest';
import { type CompileOptions, compile } from '../index.js';

/** Numbers between −1 and 1 that differ from each other, another sequence for every seed. */
export function numbers(shape: number[], seed = 1): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, index) => Math.sin((index + 1) * (1.3 + seed / 7))),
    shape,
  );
}

/** Runs a kernel that no operation calls directly. */
export function run(kernel: string, inputs: Record<string, tf.Tensor>, attributes: object): tf.Tensor {
  return tf.engine().runKernel(kernel, inputs, attributes as tf.NamedAttrMap) as tf.Tensor;
}

export type Program = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** Compares a compiled function with what TensorFlow.js' plain JavaScript backend computes. */
export async function expectSame(program: Program, inputs: tf.Tensor[], options: CompileOptions = {}): Promise<void> {
  const expected = await eagerly(program, inputs);
  const compiled = compile((...args: tf.Tensor[]) => [program(...args)].flat(), options);
  try {
    const results = await compiled(...inputs);
    expect(results.length).toBe(expected.length);
    for (const [index, result] of results.entries()) await expectClose(result, expected[index]!);
    tf.dispose(results);
  } finally {
    await compiled.dispose();
  }
}

/** Compares the gradients of a weighted sum of the first result with respect to every input of floats. */
export async function expectSameGradients(
  program: Program,
  inputs: tf.Tensor[],
  options: CompileOptions = {},
): Promise<void> {
  const floats = inputs.flatMap(({ dtype }, index) => (dtype === 'float32' ? [index] : []));
  const gradients: Program = (...args) => {
    const weighted = (...given: tf.Tensor[]) => {
      const all = args.map((arg, index) => (floats.includes(index) ? given[floats.indexOf(index)]! : arg));
      const result = [program(...all)].flat()[0]!;
      return tf.sum(tf.mul(result, numbers(result.shape, 11)));
    };
    return tf.grads(weighted)(floats.map((index) => args[index]!));
  };
  await expectSame(gradients, inputs, options);
}

interface Values {
  shape: number[];
  dtype: string;
  values: ArrayLike<number>;
}

async function eagerly(program: Program, inputs: tf.Tensor[]): Promise<Values[]> {
  const device = tf.getBackend();
  const data = await Promise.all(inputs.map((input) => input.data()));
  await tf.setBackend('cpu');
  try {
    const results = tf.tidy(() =>
      [program(...inputs.map(({ shape, dtype }, index) => tf.tensor(data[index]!.slice(), shape, dtype)))].flat(),
    );
    const read = results.map(async (tensor) => ({
      shape: tensor.shape,
      dtype: tensor.dtype as string,
      values: (await tensor.data()).slice(),
    }));
    const values = await Promise.all(read);
    tf.dispose(results);
    return values;
  } finally {
    await tf.setBackend(device);
  }
}

async function expectClose(actual: tf.Tensor, expected: Values): Promise<void> {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toBe(expected.dtype);
  const values = await actual.data();
  expect(values.length).toBe(expected.values.length);
  values.forEach((value, index) => {
    const known = expected.values[index]!;
    if (Number.isNaN(known)) expect(value).toBeNaN();
    else
      expect(Math.abs(value - known), `element ${index}: ${value} for ${known}`).toBeLessThanOrEqual(
        2e-5 * (1 + Math.abs(known)),
      );
  });
}
