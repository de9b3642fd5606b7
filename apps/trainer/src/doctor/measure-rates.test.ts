import { type Device, openDevice } from '@llm-mde/backend';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { measureRates, rate, type Workload } from './measure-rates.js';

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});

afterEach(() => {
  vi.restoreAllMocks();
});

it('measureRates gives two rates and leaves no tensor behind', async () => {
  const { numTensors } = tf.memory();
  const { matMul, convolution } = await measureRates(device);
  expect(matMul).toBeGreaterThan(0);
  expect(convolution).toBeGreaterThan(0);
  expect(Number.isFinite(matMul * convolution)).toBe(true);
  expect(tf.memory().numTensors).toBe(numTensors);
});

describe('rate', () => {
  /** Workloads on a clock that only they move: each takes its milliseconds one after the other, and the last of them from then on. */
  function onClock(...durations: number[][]) {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    return durations.map((milliseconds, index) => {
      const run = vi.fn(() => {
        now += milliseconds[Math.min(run.mock.calls.length, milliseconds.length) - 1]!;
        return tf.ones([1]);
      });
      return { operations: 1e9 * 10 ** index, inputs: () => [tf.scalar(0)], run } satisfies Workload;
    });
  }

  it('goes to larger workloads until one takes long enough', async () => {
    const [small, medium, large] = onClock([1], [50], [500]);
    expect(await rate([small!, medium!, large!])).toBeCloseTo(10_000 / 50, 6);
    expect(small!.run).toHaveBeenCalledTimes(2);
    expect(large!.run).not.toHaveBeenCalled();
  });

  it('is the median, without the first run, which warms up', async () => {
    const [workload] = onClock([9999, 30, 90, 30]);
    expect(await rate([workload!])).toBeCloseTo(1000 / 30, 6);
    const [even] = onClock([9999, 200, 100]);
    expect(await rate([even!])).toBeCloseTo(1000 / 150, 6);
  });

  it('runs a slow device once after the warm-up', async () => {
    const [workload] = onClock([3000]);
    expect(await rate([workload!])).toBeCloseTo(1000 / 3000, 6);
    expect(workload!.run).toHaveBeenCalledTimes(2);
  });

  it('stays with the last workload where all are short', async () => {
    const [small, large] = onClock([1], [2]);
    expect(await rate([small!, large!])).toBeCloseTo(10_000 / 2, 6);
  });
});
