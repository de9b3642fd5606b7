import { existsSync } from 'node:fs';
import { NonFiniteLossError } from 'llm-mde';
import { readTrainingState } from '../run-folder/checkpoint.js';
import type { RunFolder } from '../run-folder/run-folder.js';

/** Adds to an error of training what is left, and how to go on. */
export async function explainFailure<T>(run: Promise<T>, folder: RunFolder): Promise<T> {
  try {
    return await run;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const cause =
      (error as NodeJS.ErrnoException).code === 'ENOSPC' ? `The disk of ${folder.path} is full.` : error.message;
    throw new Error(`${cause}\n${await whatIsLeft(folder, error)}`, { cause: error });
  }
}

async function whatIsLeft(folder: RunFolder, error: Error): Promise<string> {
  if (!existsSync(folder.last)) return 'No checkpoint had been saved yet.';
  const { step, epoch } = await readTrainingState(folder.last);
  const good = `The last good checkpoint is ${folder.last}, of step ${step} (epoch ${epoch})`;
  return error instanceof NonFiniteLossError ? `${good}.` : `${good}; go on from it with --resume.`;
}
