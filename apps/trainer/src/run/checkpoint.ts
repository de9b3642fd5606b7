import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  folderFiles,
  readJson,
  replaceFolder,
  SafetensorsFile,
  verifiedFiles,
  writeSafetensors,
} from '@llm-mde/checkpoints';
import type { DataLoaderState } from '@llm-mde/rgbd';
import type { LlmMde } from 'llm-mde';

/** The state of a run besides its weights, as plain data. */
export interface TrainingState {
  /** Completed steps. */
  step: number;
  epoch: number;
  /** The position in the epoch; null before the first batch. */
  cursor: DataLoaderState | null;
  /** Sum and number of the epoch's losses so far. */
  epochLoss: { sum: number; steps: number };
  /** The epoch with the lowest validation loss. */
  best: { epoch: number; step: number; validationLoss: number } | null;
  /** Why the run ended; null while it has not. */
  ended: 'epochs' | 'earlyStopping' | null;
  /** Rows of metrics.jsonl that belong to it. */
  metricsRows: number;
}

export const INITIAL_STATE: TrainingState = {
  step: 0,
  epoch: 0,
  cursor: null,
  epochLoss: { sum: 0, steps: 0 },
  best: null,
  ended: null,
  metricsRows: 0,
};

const STATE = 'training-state.json';
const OPTIMIZER = 'optimizer.safetensors';

/**
 * Writes a model, its optimizer and the state of its run to a folder, atomically. It is a saved model with two more files; `SHA256SUMS` lists
 * them all, and none is read that is not as listed.
 */
export async function saveCheckpoint(folder: string, model: LlmMde, state: TrainingState): Promise<void> {
  const write = async (temporary: string) => {
    await model.save(temporary);
    const { steps, tensors } = await model.optimizerState();
    await writeSafetensors(join(temporary, OPTIMIZER), tensors, { metadata: { steps: String(steps) } });
    await writeFile(join(temporary, STATE), `${JSON.stringify(state, undefined, 2)}\n`);
  };
  await replaceFolder(folder, write, { checksums: true });
}

export async function readTrainingState(folder: string): Promise<TrainingState> {
  return (await readJson(await verifiedFiles(folderFiles(folder)), STATE)) as TrainingState;
}

/** Restores the state of a model's optimizer. */
export async function loadOptimizer(folder: string, model: LlmMde): Promise<void> {
  const content = await (await verifiedFiles(folderFiles(folder))).read(OPTIMIZER);
  if (!content) throw new Error(`The checkpoint ${folder} is incomplete: ${OPTIMIZER} is missing.`);
  const file = await SafetensorsFile.fromBytes(content, join(folder, OPTIMIZER));
  const tensors = new Map();
  for (const [name, { shape }] of file.tensors) tensors.set(name, { shape, data: await file.readFinite(name) });
  await model.loadOptimizerState({ steps: Number(file.metadata.steps), tensors });
}
