import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { cameraFor, depthAround, type Intrinsics, intrinsicsFromFocalLength, type Size } from '@llm-mde/depth-maps';
import type { CameraImage, LlmMde, Prediction } from 'llm-mde';
import { UsageError } from '../output/sentences.js';
import { type CameraOptions, isStated, readPhoto } from '../predict/camera.js';
import { inBatches } from '../run/shard.js';
import { type DepthRatios, depthRatios } from './fit-scale.js';

/** A photo and the distances of some of its points. */
export interface MeasuredPhoto {
  /** As it was named. */
  path: string;
  points: readonly MeasuredPoint[];
}

interface MeasuredPoint {
  /** Column and row of a pixel, counted from 0. @default the photo's center */
  pixel?: readonly [x: number, y: number];
  /** Metres from the camera. */
  distance: number;
}

/**
 * `photo.jpg=2.35`, or `photo.jpg@x,y=2.35`; a photo may be named several times.
 *
 * @throws {UsageError} if an argument has another form.
 */
export function parseMeasuredPhotos(texts: readonly string[]): MeasuredPhoto[] {
  const photos = new Map<string, { path: string; points: MeasuredPoint[] }>();
  for (const text of texts) {
    const [, path, x, y, number] = /^(.+?)(?:@(\d+),(\d+))?=([^=]*)$/s.exec(text) ?? [];
    const distance = Number(number);
    if (path === undefined || !(number?.trim() && distance > 0 && distance < Number.POSITIVE_INFINITY)) {
      throw new UsageError(
        `${text} should be a photo with its distance in metres, such as kitchen.jpg=2.35 or kitchen.jpg@120,340=2.35.`,
      );
    }
    const photo = photos.get(resolve(path)) ?? { path, points: [] };
    photo.points.push({ distance, ...(x !== undefined && { pixel: [Number(x), Number(y)] as const }) });
    photos.set(resolve(path), photo);
  }
  return [...photos.values()];
}

interface MeasureOptions extends CameraOptions {
  batchSize: number;
  /** Called where a photo is predicted with another camera than the user may expect. */
  onNote?: (note: string) => void;
  onPhoto?: (done: number) => void;
}

/**
 * Predicts photos and compares them with the distances of their points: at each the median of a small window.
 *
 * @returns what each photo says, and for how many a camera was assumed.
 * @throws Error if a photo cannot be read, or a pixel lies outside it.
 */
export async function photoRatios(
  model: LlmMde,
  photos: readonly MeasuredPhoto[],
  options: MeasureOptions,
): Promise<{ frames: DepthRatios[]; assumed: number }> {
  const frames: DepthRatios[] = [];
  let assumed = 0;
  for (const batch of inBatches(photos, options.batchSize)) {
    const read = await Promise.all(batch.map((photo) => readMeasured(photo, options)));
    // Padded, so that a compiled model needs one graph only.
    const padded = Array.from({ length: options.batchSize }, (_, place) => (read[place] ?? read[0]!).image);
    const predictions = await model.predict(padded);
    for (const [place, { photo, intrinsics }] of read.entries()) {
      const prediction = predictions[place]!;
      const camera = intrinsics ?? assumedCamera(prediction);
      const predicted = photo.points.map(({ pixel }) => depthAround(prediction, pixel ?? centerOf(prediction)));
      const truth = photo.points.map(
        ({ distance, pixel }) => distance / pathLength(pixel ?? centerOf(prediction), camera),
      );
      const ratios = depthRatios(photo.path, predicted, truth);
      if (ratios) frames.push(ratios);
      if (prediction.camera?.assumed) assumed++;
      options.onPhoto?.(frames.length);
    }
  }
  return { frames, assumed };
}

interface ReadPhoto {
  photo: MeasuredPhoto;
  image: CameraImage;
  /** If they are known. */
  intrinsics: Intrinsics | undefined;
}

async function readMeasured(photo: MeasuredPhoto, options: MeasureOptions): Promise<ReadPhoto> {
  const { path, points } = photo;
  if (!(await stat(path).catch(() => undefined))) throw new Error(`${path} does not exist: give a photo.`);
  const image = await readPhoto(path, options, options.onNote);
  const { width, height, focalLength } = image;
  for (const { pixel: [x, y] = [0, 0] } of points) {
    if (x < width && y < height) continue;
    throw new Error(
      `${path}@${x},${y} lies outside of the photo, which has ${width} by ${height} pixels, counted from 0.`,
    );
  }
  const stated = isStated(options) ? cameraFor(image, options) : undefined;
  const intrinsics = stated ?? (focalLength === undefined ? undefined : intrinsicsFromFocalLength(focalLength, image));
  return { photo, image, intrinsics };
}

/** The one that the metres rest on, or that `predict` takes for points in space. */
function assumedCamera(prediction: Prediction): Intrinsics {
  return prediction.camera
    ? intrinsicsFromFocalLength(prediction.camera.focalLength, prediction)
    : cameraFor(prediction, {});
}

function centerOf({ width, height }: Size): [number, number] {
  return [(width - 1) / 2, (height - 1) / 2];
}

/** From the camera to a point, per metre along the camera's axis: distances are measured the one way, and depth is the other. */
function pathLength([x, y]: readonly [number, number], { fx, fy, cx, cy }: Intrinsics): number {
  return Math.hypot(1, (x - cx) / fx, (y - cy) / fy);
}
