import { type Compiler, eager } from '@llm-mde/compile/eager';
import * as tf from '@tensorflow/tfjs-core';
import { DeviceError } from './device.js';

const ROWS = 24;
const INNER = 40;
const COLUMNS = 16;
const A: [Float32Array, [number, number]] = [integers(ROWS * INNER, 7), [ROWS, INNER]];
const B: [Float32Array, [number, number]] = [integers(INNER * COLUMNS, 5), [INNER, COLUMNS]];
const C: [Float32Array, [number]] = [integers(COLUMNS, 3), [COLUMNS]];

/**
 * Computes a small `a·b + c` as a function of the given compiler, or kernel by kernel on the chosen backend, and compares it with the values
 * known beforehand; leaves no tensor behind.
 *
 * A library can load and then lack the kernels for its GPU, or compute nonsense. The product and the sum run in different kernels (on CUDA,
 * cuBLAS's and TensorFlow's own). All numbers are small integers, so that the result is exact in any float format.
 *
 * @throws DeviceError if the values differ, or with the library's own message if it can't compute
 */
export async function checkMatMul(compile: Compiler = eager): Promise<void> {
  const compiled = compile(product);
  try {
    const [a, b, c] = [A, B, C].map(([data, shape]) => ({ data, shape }));
    await expectKnownValues(await compiled(a!, b!, c!));
  } finally {
    await compiled.dispose();
  }
}

function product(a: tf.Tensor2D, b: tf.Tensor2D, c: tf.Tensor1D): tf.Tensor {
  return tf.add(tf.matMul(a, b), c);
}

async function expectKnownValues(result: tf.Tensor): Promise<void> {
  try {
    const values = await result.data();
    for (const [index, value] of values.entries()) {
      if (value === knownValue(Math.floor(index / COLUMNS), index % COLUMNS)) continue;
      throw new DeviceError(
        `it computes wrong values (element ${index} of a small matrix product is ${value}): update its driver, or use another device.`,
      );
    }
  } finally {
    result.dispose();
  }
}

function integers(count: number, modulus: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => ((index * 11) % modulus) - 2);
}

function knownValue(row: number, column: number): number {
  const products = A[0].subarray(row * INNER, (row + 1) * INNER).map((a, inner) => a * B[0][inner * COLUMNS + column]!);
  return products.reduce((sum, product) => sum + product, C[0][column]!);
}
