import { writeJson } from '../config/json-file.js';
import { checkRunData } from '../data/check-run-data.js';
import type { RunResults } from '../evaluate/results.js';
import { writing } from '../output/sentences.js';
import { describeEnvironment } from '../run/environment.js';
import { acquireLock } from '../run/lock.js';
import { removeUnbegun, startRun } from '../run/prepare-run.js';
import { isRun } from '../run/run-folder.js';
import { finishRun } from './finish-run.js';
import { type TrainOptions, train } from './train.js';

export interface TrainAndTestOptions extends TrainOptions {
  /** Remove the run that the folder holds. */
  overwrite?: boolean | undefined;
  /** Shows a message to the user. */
  note: (sentence: string) => void;
}

/**
 * Trains a model in the folder of a run that was checked, or resumes its training, and tests it. No other process can use the folder meanwhile.
 *
 * @returns undefined if training was interrupted; it can be resumed.
 * @throws {Interrupted} if it was interrupted before or after training.
 */
export async function trainAndTest({
  overwrite,
  note,
  ...options
}: TrainAndTestOptions): Promise<RunResults | undefined> {
  const { configuration, folder, device, data, interruption } = options;
  for (const odd of await checkRunData(data, configuration)) note(`Warning: ${odd}`);
  interruption?.check();
  return writing(folder.path, async () => {
    const isNew = overwrite || !isRun(folder);
    const release = await acquireLock(folder.lock, folder.path);
    try {
      await startRun(folder, configuration, { overwrite });
      await writeJson(folder.environment, describeEnvironment(device));
      const state = await train({ ...options, note }).catch(async (error) => {
        if (isNew) await removeUnbegun(folder);
        throw error;
      });
      return state.ended === null ? undefined : await finishRun(options);
    } finally {
      await release();
    }
  });
}
