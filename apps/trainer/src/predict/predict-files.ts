import { basename, join } from 'node:path';
import { cameraFor } from '@llm-mde/depth-maps';
import type { DepthUnit } from '@llm-mde/teachers';
import type { CameraImage } from 'llm-mde';
import type { PredictingModel } from '../models/predicting-model.js';
import { isSystemError, writing } from '../output/sentences.js';
import { type AttentionFacts, attentionFacts } from './attention-facts.js';
import { type CameraOptions, readPhoto } from './camera.js';
import type { Input } from './find-inputs.js';
import { checkPlace, type Format, isComplete, type Result, writeResult } from './result-files.js';

export interface PredictFilesOptions extends CameraOptions {
  model: PredictingModel;
  /** Of what it predicts. @default 'metre' */
  unit?: DepthUnit;
  /** Identifies the model. */
  digest: string;
  /** Images that are predicted together, in these positions; see `inBatches`. */
  batches: readonly (readonly Input[])[];
  batchSize: number;
  /** The folder for the results. */
  out: string;
  format: readonly Format[];
  /** What the images show, for prompts of the style `scene`. */
  scene?: string;
  /** As the model was opened with. */
  precision?: 'float32' | 'int8' | undefined;
  /** Average with the prediction of the flipped image. */
  flip?: boolean;
  /** Also say what the patches attend to, which the model must be able to. */
  attention?: boolean;
  /** Predict images again that have results, and replace results of other images. */
  overwrite?: boolean;
  /** Predict images again that have results, which must be theirs. */
  again?: boolean;
  /** Called before each batch; what it throws ends the work. */
  check?: () => void;
  /** Called where an image is predicted with another camera than the user may expect. */
  onNote?: (note: string) => void;
  /** Called with what is said about the attention in an image. */
  onAttention?: (name: string, attention: AttentionFacts) => void;
  /** Called after each image, with the problem if it failed. */
  onImage?: (progress: { done: number; total: number; name: string; problem?: string | undefined }) => void;
}

export interface PredictFilesResult {
  predicted: number;
  /** Skipped, because their results exist. */
  present: number;
  failed: number;
  /** Predicted with an assumed camera, by a model that gives metres by the camera. */
  assumed: number;
}

/** Of a batch beside which the next one is decoded: larger ones take gigabytes. */
const MOST_PIXELS = 3e7;

/** Predicts images batch by batch and writes their results, while the next batch is being decoded. What fails for one image is reported and skipped. */
export async function predictFiles(options: PredictFilesOptions): Promise<PredictFilesResult> {
  const { batches, onImage = () => {} } = options;
  const total = batches.flat().length;
  const result: PredictFilesResult = { predicted: 0, present: 0, failed: 0, assumed: 0 };
  const report = (kind: 'predicted' | 'present' | 'failed', name: string, problem?: string) => {
    result[kind]++;
    const done = result.predicted + result.present + result.failed;
    onImage({ done, total, name, problem });
  };
  const prepare = (batch: readonly Input[] = []) => Promise.all(batch.map((input) => prepareInput(input, options)));
  let next: Promise<Prepared[]> | undefined;
  for (const index of batches.keys()) {
    options.check?.();
    const batch = await (next ?? prepare(batches[index]));
    const pixels = batch.reduce((sum, { image }) => sum + (image ? image.width * image.height : 0), 0);
    next = pixels > MOST_PIXELS ? undefined : prepare(batches[index + 1]);
    for (const { state, name, problem } of batch) if (state !== 'ready') report(state, name, problem);
    await predictBatch(batch, options, report, () => result.assumed++);
  }
  return result;
}

/** Where the result of an image is to be, and of what. */
export function resultOf(
  { path, name }: Input,
  {
    out,
    format,
    digest,
    scene,
    precision,
    flip = false,
    attention = false,
  }: Pick<PredictFilesOptions, 'out' | 'format' | 'digest' | 'scene' | 'precision' | 'flip' | 'attention'>,
): Result {
  const key = {
    source: path ?? null,
    model: digest,
    testTimeFlip: flip,
    ...(scene !== undefined && { scene }),
    ...(precision === 'int8' && { precision }),
  };
  return { path: join(out, name), formats: format, key, attention };
}

type Prepared = { name: string } & (
  | { state: 'ready'; image: CameraImage; result: Result; problem?: undefined }
  | { state: 'present' | 'failed'; image?: undefined; problem?: string }
);

async function prepareInput({ path, name }: Input, options: PredictFilesOptions): Promise<Prepared> {
  const { format, scene, overwrite, again } = options;
  const result = resultOf({ path, name }, options);
  try {
    if (!overwrite) {
      if (!again && (await isComplete(result))) return { name, state: 'present' };
      await checkPlace(result);
    }
    const image = { ...(await decoded(path, options)), ...(scene !== undefined && { scene }) };
    // Before the image is predicted: a wrong camera gives no result.
    if (format.some((each) => each === 'ply' || each === 'glb')) cameraFor(image, options);
    return { name, state: 'ready', result, image };
  } catch (error) {
    return { name, state: 'failed', problem: (error as Error).message };
  }
}

/** An image, with the focal length that was stated, or that its file states. */
async function decoded(path: string | undefined, options: PredictFilesOptions): Promise<CameraImage> {
  if (path && VIDEOS.test(path)) {
    throw new Error(
      `${path} is a video, and only images are read: extract its frames first, such as with ffmpeg -i ${basename(path)} frames/%05d.png.`,
    );
  }
  const usesCamera = options.model.configuration.camera;
  return readPhoto(path ?? (await standardInput()), options, usesCamera ? options.onNote : undefined);
}

const VIDEOS = /\.(?:mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv|3gp)$/i;

async function standardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  if (chunks.length === 0) throw new Error('Standard input is empty: pipe an image into it.');
  return Buffer.concat(chunks);
}

/** Empty positions are padded, so that a compiled model needs one graph only. */
async function predictBatch(
  batch: readonly Prepared[],
  { model, unit, batchSize, flip, onAttention, ...camera }: PredictFilesOptions,
  report: (kind: 'predicted' | 'failed', name: string, problem?: string) => void,
  onAssumed: () => void,
): Promise<void> {
  const filling = batch.find(({ image }) => image)?.image;
  if (!filling) return;
  const images = Array.from({ length: batchSize }, (_, place) => batch[place]?.image ?? filling);
  const predictions = await model.predict(images, { testTimeFlip: flip });
  const options = { ...camera, unit, depthScale: model.configuration.depthScale };
  for (const [place, prepared] of batch.entries()) {
    if (!prepared.image) continue;
    const { name, result, image } = prepared;
    try {
      const attention = result.attention ? attentionFacts(await model.attendedWords!(image)) : undefined;
      await writing(result.path, () => writeResult(result, image, predictions[place]!, { ...options, attention }));
      if (attention) onAttention?.(basename(result.path), attention);
      report('predicted', name);
      if (predictions[place]!.camera?.assumed) onAssumed();
    } catch (error) {
      // A full disk ends everything; what is wrong with one image only that.
      if (isSystemError(error)) throw error;
      report('failed', name, `${result.key.source ?? 'The image'}: ${(error as Error).message}`);
    }
  }
}
