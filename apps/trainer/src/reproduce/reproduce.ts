import { join } from 'node:path';
import type { Device } from '@llm-mde/backend';
import type { TrainingConfiguration } from '../config/schema.js';
import { openDataset } from '../data/open.js';
import type { TrainingEvents } from '../output/show-training.js';
import { checkRun } from '../run/prepare-run.js';
import { isFinished, type RunFolder, runFolder } from '../run/run-folder.js';
import { type Shard, shardOf } from '../run/shard.js';
import { Interrupted, type Interruption } from '../train/interruption.js';
import { trainAndTest } from '../train/train-and-test.js';
import { configureRun, type ReproductionSettings } from './configure-run.js';
import type { RunName } from './paper-tables.js';

export interface ReproduceOptions extends Omit<ReproductionSettings, 'data' | 'seed'> {
  plan: readonly PlannedRun[];
  shard: Shard;
  device: Device;
  interruption: Interruption;
  events: TrainingEvents;
  /** Shows a message to the user. */
  note: (sentence: string) => void;
  /** Called when a run starts. */
  onRun?: (run: PlannedRun, place: number, total: number) => void;
}

/** A run of a reproduction, with one of the seeds. */
export interface PlannedRun {
  name: RunName;
  seed: number;
  folder: RunFolder;
}

/** All runs in order: the first seed of each, then the next seed. */
export function planRuns(folder: string, runs: readonly RunName[], seeds: readonly number[]): PlannedRun[] {
  return seeds.flatMap((seed) =>
    runs.map((name) => ({ name, seed, folder: runFolder(join(folder, name, `seed-${seed}`)) })),
  );
}

/**
 * Trains and tests the runs of a shard that are not finished; stopped ones are resumed.
 *
 * @throws {Interrupted} if it was interrupted.
 */
export async function reproduce(options: ReproduceOptions): Promise<void> {
  const { device, events, interruption, note } = options;
  const onRender = (done: number, total: number) => {
    interruption.check();
    events.onRender?.(done, total);
  };
  const own = shardOf(options.plan, options.shard);
  const pending = own.filter(({ folder }) => !isFinished(folder));
  const configurations = await configureAll(pending, options, onRender);
  for (const [index, run] of pending.entries()) {
    interruption.check();
    options.onRun?.(run, own.indexOf(run), own.length);
    const { folder } = run;
    const configuration = await checkRun(folder, configurations[index]!, { resume: true });
    const data = await openDataset(configuration.data, onRender);
    try {
      const results = await trainAndTest({ configuration, folder, device, data, events, interruption, note });
      if (!results) throw new Interrupted('Saved.');
    } finally {
      await data.dataset.close();
    }
  }
}

/** The frames of all runs are sampled from one dataset, which is opened once. */
async function configureAll(
  runs: readonly PlannedRun[],
  options: ReproduceOptions,
  onRender: (done: number, total: number) => void,
): Promise<TrainingConfiguration[]> {
  if (runs.length === 0) return [];
  const data = await openDataset(options.base.data, onRender);
  try {
    return runs.map(({ name, seed }) => configureRun(name, { ...options, data, seed }));
  } finally {
    await data.dataset.close();
  }
}
