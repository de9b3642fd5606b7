import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

export type Program = (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

export interface Values {
  shape: number[];
  dtype: string;
  values: ArrayLike<number>;
}

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

/** The gradients of a weighted sum of the first result with respect to every input of floats. */
export function gradientsOf(program: Program): Program {
  return (...inputs) => {
    const floats = inputs.flatMap(({ dtype }, index) => (dtype === 'float32' ? [index] : []));
    const weighted = (...given: tf.Tensor[]) => {
      const all = inputs.map((input, index) => (floats.includes(index) ? given[floats.indexOf(index)]! : input));
      const result = [program(...all)].flat()[0]!;
      return tf.sum(tf.mul(result, numbers(result.shape, 11)));
    };
    return tf.grads(weighted)(floats.map((index) => inputs[index]!));
  };
}

/** What a program computes on a backend of TensorFlow.js. */
export async function valuesOn(backend: string, program: Program, inputs: () => tf.Tensor[]): Promise<Values[]> {
  const before = tf.getBackend();
  await tf.setBackend(backend);
  try {
    return await valuesOf(tf.tidy(() => [program(...inputs())].flat()));
  } finally {
    await tf.setBackend(before);
  }
}

/** Reads tensors and disposes them. */
export async function valuesOf(tensors: tf.Tensor[]): Promise<Values[]> {
  const values = await Promise.all(
    tensors.map(async (tensor) => ({
      shape: tensor.shape,
      dtype: tensor.dtype as string,
      values: (await tensor.data()).slice(),
    })),
  );
  tf.dispose(tensors);
  return values;
}

export function expectSameValues(actual: readonly Values[], expected: readonly Values[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [index, { shape, dtype, values }] of actual.entries()) {
    const known = expected[index]!;
    expect(shape).toEqual(known.shape);
    expect(dtype).toBe(known.dtype);
    expect(values.length).toBe(known.values.length);
    Array.from(known.values).forEach((value, element) => {
      const found = values[element]!;
      const isSame = Object.is(found, value) || Math.abs(found - value) <= tolerance * (1 + Math.abs(value));
      expect(isSame, `element ${element}: ${found} for ${value}`).toBe(true);
    });
  }
}
