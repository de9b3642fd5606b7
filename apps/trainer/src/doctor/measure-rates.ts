import type { Device } from '@llm-mde/backend';
import * as tf from '@tensorflow/tfjs-core';

/** Billions of floating-point operations per second, GFLOP/s. */
export interface Rates {
  matMul: number;
  convolution: number;
}

/** A run of this length is long enough that neither the clock nor the call itself counts for much. */
const LONG_ENOUGH_MS = 20;
/** All runs that count, together; one that takes longer counts alone. */
const BUDGET_MS = 500;
const MAXIMUM_RUNS = 15;

/**
 * Measures the open device: products of two square matrices, and convolutions of an image of 64 channels with 64 filters of 3 × 3, both float32.
 *
 * Sizes double from small ones until a run takes 20 ms, so that a GPU is busy and a slow device done in a few seconds. Each size is warmed up by
 * one run; the rate is the median of the runs of the last size. Where the device compiles, compiled functions are measured.
 */
export async function measureRates(device?: Pick<Device, 'compiles' | 'compile'>): Promise<Rates> {
  return {
    matMul: await rate([256, 512, 1024, 2048, 4096].map(matMul), device),
    convolution: await rate([16, 32, 64, 128, 256, 512].map(convolution), device),
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
export async function rate(
  workloads: readonly Workload[],
  device?: Pick<Device, 'compiles' | 'compile'>,
): Promise<number> {
  for (const [index, workload] of workloads.entries()) {
    const { run, dispose } = device?.compiles ? compiled(workload, device) : eager(workload);
    try {
      await timeOf(run);
      const first = await timeOf(run);
      if (first < LONG_ENOUGH_MS && index < workloads.length - 1) continue;
      const times = [first];
      for (let spent = first; spent + first < BUDGET_MS && times.length < MAXIMUM_RUNS; spent += times.at(-1)!) {
        times.push(await timeOf(run));
      }
      return workload.operations / (median(times) * 1e6);
    } finally {
      await dispose();
    }
  }
  throw new RangeError('rate needs a workload.');
}

interface Runner {
  /** Computes, and gives one value of the result. */
  run(): tf.Tensor | Promise<tf.Tensor>;
  dispose(): unknown;
}

function eager(workload: Workload): Runner {
  const inputs = workload.inputs();
  return { run: () => tf.tidy(() => corner(workload.run(...inputs))), dispose: () => tf.dispose(inputs) };
}

/** Variables stay where a compiled function runs, so only the result's corner is moved. */
function compiled(workload: Workload, device: Pick<Device, 'compile'>): Runner {
  const inputs = tf.tidy(() => workload.inputs().map((input) => tf.variable(input)));
  const run = device.compile(() => corner(workload.run(...inputs)));
  return {
    run: () => run(),
    async dispose() {
      await run.dispose();
      tf.dispose(inputs);
    },
  };
}

function corner(result: tf.Tensor): tf.Tensor {
  return tf.slice(
    result,
    result.shape.map(() => 0),
    result.shape.map(() => 1),
  );
}

/** Milliseconds of one run, to when its result is there: a GPU has only taken the order when the call returns. */
async function timeOf(run: Runner['run']): Promise<number> {
  const start = performance.now();
  const result = await run();
  await result.data();
  const milliseconds = performance.now() - start;
  result.dispose();
  return milliseconds;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
