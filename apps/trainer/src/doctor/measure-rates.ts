import * as tf from '@tensorflow/tfjs-core';
import type { Rates } from './examine-device.js';

/** A run of this length is long enough that neither the clock nor the call itself counts for much. */
const LONG_ENOUGH_MS = 20;
/** All runs that count, together; one that takes longer counts alone. */
const BUDGET_MS = 500;
const MAXIMUM_RUNS = 15;

/**
 * Measures the open device: products of two square matrices, and convolutions of an image of 64 channels with 64 filters of 3 × 3, both float32.
 *
 * Sizes double from small ones until a run takes 20 ms, so that a GPU is busy and a slow device done in a few seconds. Each size is warmed up by
 * one run; the rate is the median of the runs of the last size.
 */
export async function measureRates(): Promise<Rates> {
  return {
    matMul: await rate([256, 512, 1024, 2048, 4096].map(matMul)),
    convolution: await rate([16, 32, 64, 128, 256, 512].map(convolution)),
  };
}

export interface Workload {
  /** Floating-point operations of one run. */
  operations: number;
  inputs(): tf.Tensor[];
  run(...inputs: tf.Tensor[]): tf.Tensor;
}

function matMul(size: number): Workload {
  return {
    operations: 2 * size ** 3,
    inputs: () => [tf.randomUniform([size, size]), tf.randomUniform([size, size])],
    run: (a, b) => tf.matMul(a!, b!),
  };
}

function convolution(size: number): Workload {
  const channels = 64;
  return {
    operations: 2 * size ** 2 * 3 * 3 * channels * channels,
    inputs: () => [tf.randomUniform([1, size, size, channels]), tf.randomUniform([3, 3, channels, channels])],
    run: (image, filter) => tf.conv2d(image as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
  };
}

/** GFLOP/s of the first workload whose run is long enough, or of the last. */
export async function rate(workloads: readonly Workload[]): Promise<number> {
  for (const [index, workload] of workloads.entries()) {
    const inputs = workload.inputs();
    try {
      await timeOf(workload, inputs);
      const first = await timeOf(workload, inputs);
      if (first < LONG_ENOUGH_MS && index < workloads.length - 1) continue;
      const times = [first];
      for (let spent = first; spent + first < BUDGET_MS && times.length < MAXIMUM_RUNS; spent += times.at(-1)!) {
        times.push(await timeOf(workload, inputs));
      }
      return workload.operations / (median(times) * 1e6);
    } finally {
      tf.dispose(inputs);
    }
  }
  throw new RangeError('rate needs a workload.');
}

/** Milliseconds of one run, to when its result is there: a GPU has only taken the order when the call returns. */
async function timeOf({ run }: Workload, inputs: tf.Tensor[]): Promise<number> {
  const start = performance.now();
  const result = run(...inputs);
  const corner = tf.slice(
    result,
    result.shape.map(() => 0),
    result.shape.map(() => 1),
  );
  await corner.data();
  const milliseconds = performance.now() - start;
  tf.dispose([result, corner]);
  return milliseconds;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
