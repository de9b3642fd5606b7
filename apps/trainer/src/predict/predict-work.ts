import { dirname } from 'node:path';
import type { DeviceName } from '@llm-mde/backend';
import type { OpenModel } from '../models/predicting-model.js';
import { NotHere, seesFolder } from '../queue/jobs.js';
import type { Input } from './find-inputs.js';
import { type PredictFilesOptions, predictFiles } from './predict-files.js';

/** Images of a prediction, for a worker: all that their results depend on. */
export interface PredictWork
  extends Pick<
    PredictFilesOptions,
    'digest' | 'batchSize' | 'out' | 'format' | 'scene' | 'precision' | 'flip' | 'attention' | 'overwrite'
  > {
  kind: 'predict';
  /** As every machine knows it: an absolute folder, or a name. */
  model: string;
  device: DeviceName | 'auto';
  batches: readonly (readonly Input[])[];
  camera: Pick<PredictFilesOptions, 'intrinsics' | 'fov'>;
}

/** What is said of the images of a job that were predicted. */
export interface PredictDone {
  /** Predicted with an assumed camera. */
  assumed: number;
  /** What is wrong with images of which there is no result. */
  problems: readonly { name: string; problem: string }[];
  notes: readonly string[];
}

/**
 * Predicts the images of a job with its model.
 *
 * @param check called before each batch; what it throws ends the work.
 * @throws {NotHere} if this machine does not see the folders, or has another model of this name.
 */
export async function predictWork(
  { kind: _, model: name, device: __, camera, ...work }: PredictWork,
  open: OpenModel,
  { check, onProgress }: { check: () => void; onProgress: (done: number) => void },
): Promise<PredictDone> {
  if ((await open.digest()) !== work.digest) {
    throw new NotHere(
      `The model ${name} is another one here than where the job was given: bring both to the same files.`,
    );
  }
  await seesFolder(work.out);
  const inputs = work.batches.flat();
  const folders = new Set(inputs.flatMap(({ path }) => (path && !/^https?:/i.test(path) ? [dirname(path)] : [])));
  for (const folder of folders) await seesFolder(folder);
  const problems: { name: string; problem: string }[] = [];
  const notes: string[] = [];
  const { assumed } = await predictFiles({
    ...work,
    ...camera,
    model: open.model,
    unit: open.unit,
    check,
    onNote: (note) => notes.push(`llm-mde: ${note}`),
    onAttention: (name, { sentence }) => notes.push(`${name}: ${sentence}`),
    onImage: ({ done, name, problem }) => {
      if (problem !== undefined) problems.push({ name, problem });
      onProgress(done);
    },
  });
  return { assumed, problems, notes };
}
