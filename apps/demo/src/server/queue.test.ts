import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { BatchQueue } from './queue.js';

const never = () => new AbortController().signal;

/** A queue that doubles numbers, with odd and even ones in separate batches, and remembers its batches. */
function doubling(fail = (_batch: readonly number[]) => false) {
  const batches: number[][] = [];
  const queue = new BatchQueue({ maxBatchSize: 8 });
  const run = async (batch: readonly number[]) => {
    batches.push([...batch]);
    await wait(1);
    if (fail(batch)) throw new Error('no threes');
    return batch.map((number) => 2 * number);
  };
  const double = (input: number, signal = never()) => queue.add({ key: `${input % 2}`, input, run }, signal);
  const doubleAlone = (input: number) => queue.add({ input, run }, never());
  return { queue, batches, double, doubleAlone };
}

it('gives each task its own output, in batches of one key whose size is a power of two', async () => {
  const { queue, batches, double } = doubling();
  const numbers = Array.from({ length: 23 }, (_, index) => index);
  const results = await Promise.all(numbers.map((number) => double(number)));
  expect(results.map(({ output }) => output)).toEqual(numbers.map((number) => 2 * number));
  expect(batches.map((batch) => batch.length)).toEqual([8, 8, 4, 2, 1]);
  expect(batches[1]).toEqual([1, 3, 5, 7, 9, 11, 13, 15]);
  expect(results[0]).toMatchObject({ batchSize: 8 });
  expect(queue.waiting).toBe(0);
});

it('runs a task without a key alone', async () => {
  const { batches, doubleAlone } = doubling();
  await Promise.all([1, 2, 3].map(doubleAlone));
  expect(batches).toEqual([[1], [2], [3]]);
});

it('runs what comes later, and is idle in between', async () => {
  const { queue, double } = doubling();
  await double(1);
  await queue.idle();
  expect(await double(2)).toMatchObject({ output: 4, batchSize: 1 });
});

it('never runs a task that was canceled while it waited', async () => {
  const { batches, double } = doubling();
  const first = double(0);
  await wait(0);
  const controller = new AbortController();
  const abandoned = double(2, controller.signal);
  const kept = double(4);
  controller.abort(new Error('gone'));
  await expect(abandoned).rejects.toThrow('gone');
  await expect(double(6, controller.signal)).rejects.toThrow('gone');
  expect((await first).output).toBe(0);
  expect((await kept).output).toBe(8);
  expect(batches.flat()).toEqual([0, 4]);
});

it('answers the others of a batch when one of its members fails', async () => {
  const { batches, double } = doubling((batch) => batch.includes(3));
  const others = Promise.all([double(1), double(5), double(7), double(2)]);
  await expect(double(3)).rejects.toThrow('no threes');
  expect((await others).map(({ output }) => output)).toEqual([2, 10, 14, 4]);
  expect(batches[0]).toEqual([1, 5, 7, 3]);
});
