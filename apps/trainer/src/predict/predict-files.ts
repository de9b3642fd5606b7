import type { RawImage } from '@llm-mde/vision-encoder';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import type { LlmMde } from 'llm-mde';
import type { CameraOptions } from './camera.js';
import type { Input } from './find-inputs.js';
import { type Format, isComplete, type ResultKey, sourceOfResult, writeResult } from './result-files.js';

export interface PredictFilesOptions {
  model: LlmMde;
  /** Identifies the model. */
  digest: string;
  /** Images that are predicted together, in these positions; see `inBatches`. */
  batches: readonly (readonly Input[])[];
  batchSize: number;
  /** The folder for the results. */
  out: string;
  formats: readonly Format[];
  testTimeFlip: boolean;
  /** Predict images again that have results, and replace results of other images. */
  overwrite: boolean;
  camera: CameraOptions;
  /** Called after each image, with the problem if it failed. */
  onImage?: (progress: { done: number; total: number; problem?: string }) => void;
}

export interface PredictFilesResult {
  predicted: number;
  /** Skipped, because their results exist. */
  present: number;
  failed: number;
}

/** Predicts images batch by batch and writes their results, while the next batch is being decoded. Images that cannot be read are skipped. */
export async function predictFiles(options: PredictFilesOptions): Promise<PredictFilesResult> {
  const { batches, onImage = () => {} } = options;
  const total = batches.flat().length;
  const result: PredictFilesResult = { predicted: 0, present: 0, failed: 0 };
  const report = (kind: keyof PredictFilesResult, problem?: string) => {
    result[kind]++;
    const done = result.predicted + result.present + result.failed;
    onImage({ done, total, problem });
  };
  const prepare = (batch: readonly Input[] = []) => Promise.all(batch.map((input) => prepareInput(input, options)));
  let next = prepare(batches[0]);
  for (const index of batches.keys()) {
    const batch = await next;
    next = prepare(batches[index + 1]);
    for (const { state, problem } of batch) if (state !== 'ready') report(state, problem);
    await predictBatch(batch, options, () => report('predicted'));
  }
  return result;
}

type Prepared = { input: Input; problem?: string } & (
  | { state: 'ready'; image: RawImage }
  | { state: 'present' | 'failed'; image?: undefined }
);

async function prepareInput(input: Input, options: PredictFilesOptions): Promise<Prepared> {
  try {
    if (!options.overwrite) {
      const place = placeOf(input, options);
      if (await isComplete(place, keyOf(input, options))) return { input, state: 'present' };
      const other = await sourceOfResult(place);
      if (other && input.path && other !== input.path) {
        throw new Error(
          `${options.out}/${input.name} is the result of ${other}: choose another --out, or replace it with --overwrite.`,
        );
      }
    }
    return { input, state: 'ready', image: await decodeImage(input.path ?? (await standardInput())) };
  } catch (error) {
    return { input, state: 'failed', problem: (error as Error).message };
  }
}

async function standardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  if (chunks.length === 0) throw new Error('Standard input is empty: pipe an image into it.');
  return Buffer.concat(chunks);
}

/** Empty positions are padded, so that a compiled model needs one graph only. */
async function predictBatch(
  batch: readonly Prepared[],
  options: PredictFilesOptions,
  onWritten: () => void,
): Promise<void> {
  const { model, batchSize, testTimeFlip, camera } = options;
  const filling = batch.find(({ image }) => image)?.image;
  if (!filling) return;
  const images = Array.from({ length: batchSize }, (_, place) => batch[place]?.image ?? filling);
  const predictions = await model.predict(images, { testTimeFlip });
  for (const [place, { input, image }] of batch.entries()) {
    if (!image) continue;
    const prediction = predictions[place]!;
    await writeResult(placeOf(input, options), keyOf(input, options), { image, prediction, camera });
    onWritten();
  }
}

function placeOf({ name }: Input, { out, formats }: PredictFilesOptions) {
  return { folder: out, name, formats };
}

function keyOf({ path }: Input, { digest, testTimeFlip }: PredictFilesOptions): ResultKey {
  return { source: path ?? null, model: digest, testTimeFlip };
}
