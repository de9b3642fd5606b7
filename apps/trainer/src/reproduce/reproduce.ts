import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Device } from '@llm-mde/backend';
import type { TrainingConfiguration } from '../configuration/training-configuration.js';
import { openDataset } from '../data/open-dataset.js';
import { describeEnvironment } from '../run-folder/environment.js';
import { prepareRun } from '../run-folder/prepare-run.js';
import { RunFolder, readJson, writeJson } from '../run-folder/run-folder.js';
import { type Shard, shardOf } from '../shard.js';
import { finishRun, type RunResults } from '../training/finish-run.js';
import type { Interruption } from '../training/interruption.js';
import { train } from '../training/train.js';
import type { TrainingEvents } from '../training/training-events.js';
import { configureRun, type ReproductionSettings } from './configure-run.js';
import type { RunName } from './paper-tables.js';

export interface ReproduceOptions extends Omit<ReproductionSettings, 'data' | 'seed'> {
  folder: string;
  runs: readonly RunName[];
  seeds: readonly number[];
  shard: Shard;
  device: Device;
  interruption: Interruption;
  events: TrainingEvents;
  /** Is told which run begins. */
  onRun?: (run: PlannedRun, place: number, total: number) => void;
}

/** A run of a reproduction, with one of the seeds. */
export interface PlannedRun {
  name: RunName;
  seed: number;
  folder: RunFolder;
}

/** All runs, in the order in which they are done: the first seed of each, then the next. */
export function planRuns({ folder, runs, seeds }: Pick<ReproduceOptions, 'folder' | 'runs' | 'seeds'>): PlannedRun[] {
  return seeds.flatMap((seed) =>
    runs.map((name) => ({ name, seed, folder: new RunFolder(join(folder, name, `seed-${seed}`)) })),
  );
}

/**
 * Trains and tests the runs of a shard that are not done yet; one that was stopped goes on where it stood.
 *
 * @returns whether it got to the end.
 */
export async function reproduce(options: ReproduceOptions): Promise<boolean> {
  const { device, events, interruption } = options;
  const own = shardOf(planRuns(options), options.shard);
  const pending = own.filter((run) => !isDone(run));
  const configurations = await configureAll(pending, options);
  for (const [index, run] of pending.entries()) {
    options.onRun?.(run, own.indexOf(run), own.length);
    const resolved = await prepareRun(run.folder, configurations[index]!, { resume: true });
    await writeJson(run.folder.environment, describeEnvironment(device));
    const state = await train({ configuration: resolved, folder: run.folder, device, events, interruption });
    if (state.ended === null) return false;
    await finishRun(resolved, run.folder, device, events);
  }
  return true;
}

export function isDone({ folder }: PlannedRun): boolean {
  return existsSync(folder.results) && existsSync(folder.report);
}

export async function readResults({ folder }: PlannedRun): Promise<RunResults> {
  return (await readJson(folder.results)) as RunResults;
}

/** The frames of all runs are drawn from one data set, which is opened once. */
async function configureAll(runs: readonly PlannedRun[], options: ReproduceOptions): Promise<TrainingConfiguration[]> {
  if (runs.length === 0) return [];
  const data = await openDataset(options.base.data, options.events.onRender);
  try {
    return runs.map(({ name, seed }) => configureRun(name, { ...options, data, seed }));
  } finally {
    await data.dataset.close();
  }
}
