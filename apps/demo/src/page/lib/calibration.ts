import { intrinsicsFromFieldOfView, type Size } from '@llm-mde/depth-maps';
import { distanceOf, focalRatio, type Pixel } from './geometry.js';

/** A distance that somebody knows, and what was predicted for it. */
export interface KnownDistance {
  /** Name of the photo's file, and its address in the page: two photos may have one name. */
  photo: string;
  url: string;
  /** Of the photo as it is shown, and of its file, upright. */
  size: Size;
  fileSize: Size;
  /** Photos of one camera have it in common. */
  camera: string;
  /** One: from the camera to this point. Two: between these points. */
  pixels: readonly Pixel[];
  metres: number;
  /** Of the camera, across the longer side in degrees. */
  fieldOfView: number;
  /** Depth at the pixels by each model, before calibration. */
  predictions: readonly Predicted[];
}

export interface Predicted {
  /** Of the model and its prompt. */
  key: string;
  depths: readonly number[];
  /** Whether its depth follows the field of view. */
  knowsCamera: boolean;
}

/** The known distances that say something of a model on photos of a camera: of other cameras too, if the model knows cameras. */
export function applicable(known: readonly KnownDistance[], key: string, camera: string) {
  return known.flatMap((distance) => {
    const predicted = distance.predictions.find((each) => each.key === key);
    return predicted && (predicted.knowsCamera || distance.camera === camera) ? [{ distance, predicted }] : [];
  });
}

/**
 * The factor for all depth of a model: the exponential of the mean of log(known / predicted distance), first over the distances of each photo, then
 * over the photos, as `llm-mde calibrate` has it.
 *
 * @param camera Of the photo whose depth is shown.
 * @returns undefined if no known distance applies.
 */
export function scaleOf(known: readonly KnownDistance[], key: string, camera: string): number | undefined {
  const photos = new Map<string, number[]>();
  for (const { distance, predicted } of applicable(known, key, camera)) {
    const log = Math.log(distance.metres / predictedDistance(distance, predicted));
    photos.set(distance.url, [...(photos.get(distance.url) ?? []), log]);
  }
  return photos.size === 0 ? undefined : Math.exp(mean([...photos.values()].map(mean)));
}

/** What a model says of a known distance, before calibration. */
export function predictedDistance({ pixels, size, fieldOfView }: KnownDistance, { depths }: Predicted): number {
  return distanceOf(
    pixels.map((pixel, at) => ({ ...pixel, depth: depths[at]! })),
    intrinsicsFromFieldOfView(fieldOfView, size),
  );
}

/** The same distance, once the camera is said to have another field of view. */
export function seenWith(known: KnownDistance, fieldOfView: number): KnownDistance {
  const factor = focalRatio(known.fieldOfView, fieldOfView);
  const follow = (predicted: Predicted): Predicted => ({
    ...predicted,
    depths: predicted.knowsCamera ? predicted.depths.map((depth) => depth * factor) : predicted.depths,
  });
  return { ...known, fieldOfView, predictions: known.predictions.map(follow) };
}

/** The known distances of a model as JSON, with the command that stores a scale in a model's folder. */
export function calibrationFile(known: readonly KnownDistance[], key: string, model: string, camera: string): string {
  const found = applicable(known, key, camera);
  const scale = scaleOf(known, key, camera);
  const distances = found.map(({ distance, predicted }) => ({
    photo: distance.photo,
    between: distance.pixels.length === 1 ? 'camera and pixel' : 'pixels',
    pixels: distance.pixels.map((pixel) => inFile(pixel, distance)),
    metres: distance.metres,
    predicted: rounded(predictedDistance(distance, predicted)),
    fieldOfView: rounded(distance.fieldOfView),
  }));
  const command = calibrateCommand(found.map(({ distance }) => distance));
  const content = {
    model,
    scale: scale === undefined ? null : rounded(scale),
    about: 'Depth times scale is calibrated depth. Pixels are column and row of the upright file, counted from 0.',
    distances,
    command,
    ...(command === null && { note: 'llm-mde calibrate takes distances from the camera to one pixel only.' }),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** As many photos as `llm-mde calibrate` asks for. */
const FEWEST_PHOTOS = 3;

/** For `llm-mde calibrate`, which takes distances from the camera, of photos with one field of view. */
function calibrateCommand(known: readonly KnownDistance[]): string | null {
  const single = known.filter(({ pixels }) => pixels.length === 1);
  const [first] = single;
  if (!first) return null;
  const photos = single.filter(({ fieldOfView }) => Math.abs(fieldOfView - first.fieldOfView) < 0.01);
  const points = photos.map((distance) => {
    const [column, row] = inFile(distance.pixels[0]!, distance);
    return shellQuoted(`${distance.photo}@${column},${row}=${distance.metres}`);
  });
  const few = new Set(photos.map(({ url }) => url)).size < FEWEST_PHOTOS;
  return `llm-mde calibrate MODEL ${points.join(' ')} --fov ${rounded(first.fieldOfView)}${few ? ' --no-check' : ''}`;
}

/** For a shell, where quotes are needed. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** Column and row in the file, which may be larger than what is shown. */
function inFile({ column, row }: Pixel, { size, fileSize }: KnownDistance): [number, number] {
  return [
    Math.floor(((column + 0.5) * fileSize.width) / size.width),
    Math.floor(((row + 0.5) * fileSize.height) / size.height),
  ];
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
