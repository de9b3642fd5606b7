import * as tf from '@tensorflow/tfjs-core';
import { type Device, DeviceError } from './device.js';

const ROWS = 24;
const INNER = 40;
const COLUMNS = 16;
const A: [Float32Array, [number, number]] = [integers(ROWS * INNER, 7), [ROWS, INNER]];
const B: [Float32Array, [number, number]] = [integers(INNER * COLUMNS, 5), [INNER, COLUMNS]];
const C: [Float32Array, [number]] = [integers(COLUMNS, 3), [COLUMNS]];

/**
 * Computes a small `a·b + c` on the chosen backend and compares it with the values known beforehand; leaves no tensor behind.
 *
 * A library can load and then lack the kernels for its GPU, or compute nonsense. The product and the sum run in different kernels (on CUDA,
 * cuBLAS's and TensorFlow's own). All numbers are small integers, so that the result is exact in any float format.
 *
 * @throws DeviceError if the values differ, or with the library's own message if it can't compute
 */
export async function checkMatMul(): Promise<void> {
  await expectKnownValues(tf.tidy(() => product(tf.tensor2d(...A), tf.tensor2d(...B), tf.tensor1d(C[0]))));
}

/** The same as a compiled function. */
export async function checkCompiledMatMul(compile: Device['compile']): Promise<void> {
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
    const wrong = knownValues(A[0], B[0], C[0]).findIndex((value, index) => value !== values[index]);
    if (wrong >= 0) {
      throw new DeviceError(
        `it computes wrong values (element ${wrong} of a small matrix product is ${values[wrong]}): update its driver, or use another device.`,
      );
    }
  } finally {
    result.dispose();
  }
}

function integers(count: number, modulus: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => ((index * 11) % modulus) - 2);
}

function knownValues(a: Float32Array, b: Float32Array, c: Float32Array): Float32Array {
  return Float32Array.from({ length: ROWS * COLUMNS }, (_, index) => {
    const row = Math.floor(index / COLUMNS);
    const column = index % COLUMNS;
    let sum = c[column]!;
    for (let inner = 0; inner < INNER; inner++) sum += a[row * INNER + inner]! * b[inner * COLUMNS + column]!;
    return sum;
  });
}
