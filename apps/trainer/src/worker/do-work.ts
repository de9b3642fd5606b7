import { type PredictDone, type PredictWork, predictWork } from '../predict/predict-work.js';
import type { CommandWork } from '../queue/command-work.js';
import type { Interruption } from '../train/interruption.js';
import { OpenModels } from './open-models.js';
import { runCommand } from './run-command.js';

export type AnyWork = PredictWork | CommandWork;

/** Does jobs of every kind, with a model that stays open between them. */
export function createWorkshop(interruption: Interruption, signal: AbortSignal) {
  const models = new OpenModels();
  return {
    async perform(work: AnyWork, onProgress: (done: number) => void): Promise<PredictDone | undefined> {
      if (work.kind === 'command') {
        // It needs the memory, and the device.
        await models.close();
        return runCommand(work, signal);
      }
      const open = await models.get(work.model, work.digest, work);
      const check = () => interruption.check();
      return predictWork(work, open, { check, onProgress });
    },
    close: () => models.close(),
  };
}
