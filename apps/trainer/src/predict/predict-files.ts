import { join } from 'node:path';
import type { RawImage } from '@llm-mde/vision-encoder';
import { decodeImage } from '@llm-mde/vision-encoder/decode-image';
import type { LlmMde } from 'llm-mde';
import type { CameraOptions } from './camera.js';
import type { Input } from './find-inputs.js';
import { type Format, isComplete, type Result, sourceOfResult, writeResult } from './result-files.js';

export interface PredictFilesOptions extends CameraOptions {
  model: LlmMde;
  /** Identifies the model. */
  digest: string;
  /** Images that are predicted together, in these positions; see `inBatches`. */
  batches: readonly (readonly Input[])[];
  batchSize: number;
  /** The folder for the results. */
  out: string;
  format: readonly Format[];
  /** Average with the prediction of the flipped image. */
  flip?: boolean;
  /** Predict images again that have results, and replace results of other images. */
  overwrite?: boolean;
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

type Prepared =
  | { state: 'ready'; image: RawImage; result: Result; problem?: undefined }
  | { state: 'present' | 'failed'; image?: undefined; problem?: string };

async function prepareInput({ path, name }: Input, options: PredictFilesOptions): Promise<Prepared> {
  const { out, format, digest, flip = false, overwrite } = options;
  const key = { source: path ?? null, model: digest, testTimeFlip: flip };
  const result = { path: join(out, name), formats: format, key };
  try {
    if (!overwrite) {
      if (await isComplete(result)) return { state: 'present' };
      const other = await sourceOfResult(result);
      if (other && path && other !== path) {
        throw new Error(
          `${out}/${name} is the result of ${other}: choose another --out, or replace it with --overwrite.`,
        );
      }
    }
    return { state: 'ready', result, image: await decodeImage(path ?? (await standardInput())) };
  } catch (error) {
    return { state: 'failed', problem: (error as Error).message };
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
  { model, batchSize, flip, ...camera }: PredictFilesOptions,
  onWritten: () => void,
): Promise<void> {
  const filling = batch.find(({ image }) => image)?.image;
  if (!filling) return;
  const images = Array.from({ length: batchSize }, (_, place) => batch[place]?.image ?? filling);
  const predictions = await model.predict(images, { testTimeFlip: flip });
  for (const [place, prepared] of batch.entries()) {
    if (!prepared.image) continue;
    await writeResult(prepared.result, prepared.image, predictions[place]!, camera);
    onWritten();
  }
}
