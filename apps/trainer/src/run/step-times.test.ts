import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { afterEach, expect, it, vi } from 'vitest';
import { readStepTimes } from './step-times.js';
import { EventFile } from './tensorboard.js';

const folder = folderOfFile();
afterEach(() => {
  vi.useRealTimers();
});

it('adds the times of all starts, without pauses and without steps that were done again', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 });
  const first = await EventFile.start(folder, 1);
  for (const step of [1, 2, 3]) {
    vi.advanceTimersByTime(2000);
    await first.write(step, { loss: 1 });
  }
  await first.close();
  vi.advanceTimersByTime(3_600_000);
  const second = await EventFile.start(folder, 3);
  for (const step of [3, 4]) {
    vi.advanceTimersByTime(5000);
    await second.write(step, { loss: 1 });
  }
  await second.close();
  expect([...(await readStepTimes(folder))]).toEqual([
    [1, 2],
    [2, 4],
    [3, 9],
    [4, 14],
  ]);

  // A program that is killed, or still writes.
  const last = join(folder, readdirSync(folder).sort().at(-1)!);
  writeFileSync(last, readFileSync(last).subarray(0, -9));
  expect([...(await readStepTimes(folder)).keys()]).toEqual([1, 2, 3]);
});
