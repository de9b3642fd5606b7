import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join, posix } from 'node:path';
import { focalLengthFrom35mm, type Intrinsics, intrinsicsFromFocalLength, type Size } from '@llm-mde/depth-maps';
import { type Frame, sceneTypeOf, writeImageFolder } from '@llm-mde/rgbd';
import { type RawImage, resizeImage, toRgb } from '@llm-mde/vision-encoder';
import { cameraImage } from '../data/training-examples.js';
import type { OpenModel } from '../models/predicting-model.js';
import { isSystemError, writing } from '../output/sentences.js';
import { readPhoto } from '../predict/camera.js';
import type { Input } from '../predict/find-inputs.js';
import type { Label, LabelsLog } from './labels-log.js';

export interface LabelPhotosOptions {
  open: Pick<OpenModel, 'model' | 'unit' | 'name'>;
  log: LabelsLog;
  inputs: readonly Input[];
  out: string;
  range?: readonly [nearest: number, farthest: number] | undefined;
  size: number;
  onNote?: (note: string) => void;
  /** Called after each photo, with the problem if it failed. */
  onPhoto?: (progress: { done: number; problem?: string }) => void;
  /** Asked before each photo. */
  isStopped?: () => boolean;
}

/** Labels photos one by one. What fails for one photo is reported and skipped; what is labeled already is left as it is. */
export async function labelPhotos(
  options: LabelPhotosOptions,
): Promise<{ labeled: number; present: number; failed: number }> {
  const { inputs, log, out, onPhoto = () => {}, isStopped = () => false } = options;
  const counts = { labeled: 0, present: 0, failed: 0 };
  for (const input of inputs) {
    if (isStopped()) break;
    const path = input.path!;
    const id = idOf(input.name, path);
    let problem: string | undefined;
    try {
      const before = log.labels.get(id);
      if (before && before.photo !== path) {
        throw new Error(`${path} would replace the label of ${before.photo}: choose another --out.`);
      }
      if (before && pairOf(out, id).every(existsSync)) counts.present++;
      else {
        log.append(await labelPhoto(path, id, options));
        counts.labeled++;
      }
    } catch (error) {
      // A full disk ends everything; what is wrong with one photo only that.
      if (isSystemError(error)) throw error;
      counts.failed++;
      const { message } = error as Error;
      problem = message.includes(path) ? message : `${path}: ${message}`;
    }
    onPhoto({ done: counts.labeled + counts.present + counts.failed, ...(problem !== undefined && { problem }) });
  }
  return counts;
}

/** The folder that a photo lies in is its scene. */
function idOf(name: string, path: string): string {
  return posix.dirname(name) === '.' ? posix.join(basename(dirname(path)), name) : name;
}

/** Where `writeImageFolder` writes an image and its depth map in millimetres. */
function pairOf(out: string, id: string): [image: string, depth: string] {
  return [join(out, 'images', `${id}.png`), join(out, 'depth', `${id}.png`)];
}

async function labelPhoto(
  path: string,
  id: string,
  { open: { model, unit, name }, out, range, size, onNote }: LabelPhotosOptions,
): Promise<Label> {
  const photo = await readPhoto(path, {}, onNote);
  const image = reduced(toRgb(photo), size);
  const intrinsics = photo.focalLength === undefined ? undefined : cameraAfter(photo.focalLength, photo, image);
  const [prediction] = await model.predict([cameraImage({ image, intrinsics })], {});
  const depth = unit === 'metre' ? prediction!.depth : metresOf(prediction!.depth, range!);
  const [nearest, farthest] = rangeOf(depth);
  if (!(nearest > 0 && farthest <= FARTHEST)) {
    throw new Error(
      `${name} gives depths from ${nearest} to ${farthest} m, and a depth map holds up to ${FARTHEST} m.`,
    );
  }
  const scene = posix.basename(posix.dirname(id));
  const frame: Omit<Frame, 'valid'> = {
    ...{ id, scene, sceneType: sceneTypeOf(scene), depth },
    image: { data: Uint8Array.from(image.data), width: image.width, height: image.height, channels: 3 },
    ...(intrinsics && { intrinsics }),
  };
  const [imageFile, depthFile] = pairOf(out, id);
  try {
    await writing(depthFile, () => writeImageFolder(out, [frame]));
  } catch (error) {
    // Not one without the other.
    await rm(imageFile, { force: true });
    await rm(depthFile, { force: true });
    throw error;
  }
  return { photo: path, id, width: image.width, height: image.height, nearest, farthest };
}

/** Millimetres of 16 bits, of which the largest means missing depth. */
const FARTHEST = 65.534;

function reduced(image: RawImage, size: number): RawImage {
  const scale = size / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(scale * side)));
  return resizeImage(image, { width: width!, height: height!, resample: 'bilinear' });
}

/** The camera that the photo states, for the reduced photo: with the same focal length on 35-mm film, which the written image states again. */
function cameraAfter(focalLength: number, from: Size, to: Size): Intrinsics {
  const millimetres = Math.round(focalLength / focalLengthFrom35mm(1, from));
  return intrinsicsFromFocalLength(focalLengthFrom35mm(millimetres, to), to);
}

/** Depth of relative inverse depth, whose largest and smallest value are as far away as is said. */
function metresOf(inverse: Float32Array, [nearest, farthest]: readonly [number, number]): Float32Array {
  const [least, greatest] = rangeOf(inverse);
  if (!(greatest > least)) throw new Error('The teacher gives the same value everywhere.');
  const slope = (1 / nearest - 1 / farthest) / (greatest - least);
  return inverse.map((value) => 1 / (1 / farthest + slope * (value - least)));
}

function rangeOf(values: Float32Array): [least: number, greatest: number] {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return [least, greatest];
}
