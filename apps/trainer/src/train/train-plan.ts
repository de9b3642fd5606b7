import { join } from 'node:path';
import type { Device } from '@llm-mde/backend';
import type { TrainingConfiguration } from '../config/schema.js';
import { openDataset } from '../data/open.js';
import type { TrainingEvents } from '../output/show-training.js';
import { checkRun } from '../run/prepare-run.js';
import { isFinished, type RunFolder, runFolder } from '../run/run-folder.js';
import { type Shard, shardOf } from '../run/shard.js';
import { Interrupted, type Interruption } from './interruption.js';
import { trainAndTest } from './train-and-test.js';

/** A run among several that are compared, with one of the seeds. */
export interface PlannedRun<Name extends string = string> {
  name: Name;
  seed: number;
  folder: RunFolder;
}

export interface TrainPlanOptions<Name extends string> {
  plan: readonly PlannedRun<Name>[];
  shard: Shard;
  /** The configurations of the runs that are not finished. */
  configure(
    runs: readonly PlannedRun<Name>[],
    onRender: (done: number, total: number) => void,
  ): Promise<TrainingConfiguration[]>;
  device: Device;
  interruption: Interruption;
  events: TrainingEvents;
  /** Shows a message to the user. */
  note: (sentence: string) => void;
  /** Called when a run starts. */
  onRun?: ((run: PlannedRun<Name>, place: number, total: number) => void) | undefined;
}

/** All runs in order: the first seed of each, then the next seed. */
export function planRuns<Name extends string>(
  folder: string,
  names: readonly Name[],
  seeds: readonly number[],
): PlannedRun<Name>[] {
  return seeds.flatMap((seed) =>
    names.map((name) => ({ name, seed, folder: runFolder(join(folder, name, `seed-${seed}`)) })),
  );
}

/**
 * Trains and tests the runs of a shard that are not finished; stopped ones are resumed.
 *
 * @throws {Interrupted} if it was interrupted.
 */
export async function trainPlan<Name extends string>(options: TrainPlanOptions<Name>): Promise<void> {
  const { device, events, interruption, note } = options;
  const onRender = (done: number, total: number) => {
    interruption.check();
    events.onRender?.(done, total);
  };
  const own = shardOf(options.plan, options.shard);
  const pending = own.filter(({ folder }) => !isFinished(folder));
  const configurations = pending.length > 0 ? await options.configure(pending, onRender) : [];
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
