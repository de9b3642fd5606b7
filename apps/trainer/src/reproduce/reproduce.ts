import { openDataset } from '../data/open.js';
import { type TrainPlanOptions, trainPlan } from '../train/train-plan.js';
import { configureRun, type ReproductionSettings } from './configure-run.js';
import type { RunName } from './paper-tables.js';

export interface ReproduceOptions
  extends Omit<ReproductionSettings, 'data' | 'seed'>,
    Omit<TrainPlanOptions<RunName>, 'configure'> {}

/**
 * Trains and tests the runs of a shard that are not finished; stopped ones are resumed. The frames of all are sampled from one dataset, which is
 * opened once.
 *
 * @throws {Interrupted} if it was interrupted.
 */
export function reproduce(options: ReproduceOptions): Promise<void> {
  return trainPlan({
    ...options,
    async configure(runs, onRender) {
      const data = await openDataset(options.base.data, onRender);
      try {
        return runs.map(({ name, seed }) => configureRun(name, { ...options, data, seed }));
      } finally {
        await data.dataset.close();
      }
    },
  });
}
