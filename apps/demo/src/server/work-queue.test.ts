import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { WorkQueue } from './work-queue.js';

const never = () => new AbortController().signal;

/** A queue that doubles numbers, odd ones apart from even ones, and remembers its batches. */
function doubling(run?: (batch: readonly number[]) => Promise<number[]>) {
  const batches: number[][] = [];
  const queue = new WorkQueue<number, number>({
    keyOf: (number) => String(number % 2),
    largestBatch: 8,
    async run(batch) {
      batches.push([...batch]);
      await wait(1);
      return run ? run(batch) : batch.map((number) => 2 * number);
    },
  });
  return { queue, batches };
}

it('gives each its own result, in batches of one kind whose size is a power of two', async () => {
  const { queue, batches } = doubling();
  const numbers = Array.from({ length: 23 }, (_, index) => index);
  const done = await Promise.all(numbers.map((number) => queue.add(number, never())));
  expect(done.map(({ result }) => result)).toEqual(numbers.map((number) => 2 * number));
  expect(batches.map((batch) => batch.length)).toEqual([8, 8, 4, 2, 1]);
  expect(batches[1]).toEqual([1, 3, 5, 7, 9, 11, 13, 15]);
  expect(done[0]).toMatchObject({ batch: 8 });
  expect(queue.waiting).toBe(0);
});

it('runs what comes later, and is idle in between', async () => {
  const { queue } = doubling();
  await queue.add(1, never());
  await queue.idle();
  expect(await queue.add(2, never())).toMatchObject({ result: 4, batch: 1 });
});

it('never computes what was given up while it waited', async () => {
  const { queue, batches } = doubling();
  const first = queue.add(0, never());
  await wait(0);
  const controller = new AbortController();
  const abandoned = queue.add(2, controller.signal);
  const kept = queue.add(4, never());
  controller.abort(new Error('gone'));
  await expect(abandoned).rejects.toThrow('gone');
  await expect(queue.add(6, controller.signal)).rejects.toThrow('gone');
  expect((await first).result).toBe(0);
  expect((await kept).result).toBe(8);
  expect(batches.flat()).toEqual([0, 4]);
});

it('goes on after a batch that failed', async () => {
  const { queue } = doubling(async (batch) => {
    if (batch.includes(3)) throw new Error('no threes');
    return [...batch];
  });
  const failed = [queue.add(1, never()), queue.add(3, never())];
  const fine = queue.add(2, never());
  for (const each of failed) await expect(each).rejects.toThrow('no threes');
  expect((await fine).result).toBe(2);
});
