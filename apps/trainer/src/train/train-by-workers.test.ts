import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';
import type { CommandWork } from '../queue/command-work.js';
import { shardOf } from '../run/shard.js';
import { inProcessQueue } from '../testing/in-process-queue.js';
import { trainByWorkers } from './train-by-workers.js';
import { planRuns } from './train-plan.js';

const folder = folderOfFile();
const plan = planRuns(folder, ['whole', 'other'], [0, 1]);
const command = ['ablate', '--quick', '--queue', 'redis://x', '--seeds', '2'];

/** Does the one run of the shard that a job names, as far as its files go. */
function finish({ parameters }: CommandWork): void {
  const [index, count] = parameters.at(-1)!.split('/').map(Number) as [number, number];
  const runs = shardOf(plan, { index: index - 1, count });
  expect(runs).toHaveLength(1);
  mkdirSync(runs[0]!.folder.path, { recursive: true });
  for (const file of [runs[0]!.folder.results, runs[0]!.folder.report]) writeFileSync(file, '{}');
}

it('gives each run that is not finished as a job of its own, and says which failed', async () => {
  const notes: string[] = [];
  const note = (text: string) => notes.push(text);
  const given: CommandWork[] = [];
  const first = trainByWorkers({
    ...{ plan, folder, command, note },
    queue: inProcessQueue(async (work: CommandWork) => {
      given.push(work);
      if (given.length === 2) throw new Error('Out of memory.');
      if (given.length !== 3) finish(work);
    }),
  });
  await expect(first).rejects.toThrow('2 of 4 runs failed, as said above.');
  expect(given[0]).toEqual({
    kind: 'command',
    parameters: ['ablate', '--quick', '--seeds', '2', '--shard', '1/4'],
    directory: process.cwd(),
    folder,
    lock: join(folder, 'whole', 'seed-0', 'run.lock'),
  });
  expect(notes).toEqual([
    '1 of 4: whole, seed 0',
    'other, seed 0 failed. Out of memory.',
    `whole, seed 1: a worker trained it, but not in ${folder}. Is that the same folder on all machines?`,
    '2 of 4: other, seed 1',
  ]);
  const queue = inProcessQueue(async (work: CommandWork) => finish(work));
  await trainByWorkers({ plan, folder, command, note, queue });
  expect(queue.given).toHaveLength(2);
  expect(notes.at(-1)).toBe('4 of 4: whole, seed 1');
});
