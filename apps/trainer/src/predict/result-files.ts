import { readFile, stat } from 'node:fs/promises';
import { replaceFile } from '@llm-mde/checkpoints';
import { colorizeDepth, encodeDepthPng, encodeGlb, encodeNpy, encodePly, encodePng } from '@llm-mde/depth-maps';
import { type RawImage, toRgb } from '@llm-mde/vision-encoder';
import type { Prediction } from 'llm-mde';
import { writeJson } from '../config/json-file.js';
import { type CameraOptions, cameraFor } from './camera.js';

export type Format = 'png16' | 'npy' | 'png' | 'ply' | 'glb';

/** The file name extension of each format. */
const ENDINGS: Record<Format, string> = {
  png16: '.depth.png',
  npy: '.npy',
  png: '.color.png',
  ply: '.ply',
  glb: '.glb',
};

/** The result of an image: where its files are, and what they depend on. */
export interface Result {
  /** Path of its files, without their endings. */
  path: string;
  formats: readonly Format[];
  /** Written beside them, and compared when a folder is resumed. */
  key: {
    /** Absolute path of the image; null for standard input. */
    source: string | null;
    model: string;
    testTimeFlip: boolean;
  };
}

/** Whether all files of a result exist, made by the same model from the same image. Standard input is never the same. */
export async function isComplete({ path, formats, key }: Result): Promise<boolean> {
  if (key.source === null) return false;
  const facts = await readFacts(path);
  if (facts?.source !== key.source || facts.model !== key.model || facts.testTimeFlip !== key.testTimeFlip)
    return false;
  const files = formats.map((format) => stat(path + ENDINGS[format]).catch(() => undefined));
  return (await Promise.all(files)).every((file) => file?.isFile());
}

/** The image of an existing result of this name, if there is one. */
export async function sourceOfResult({ path }: Result): Promise<string | null | undefined> {
  return (await readFacts(path))?.source;
}

/** Writes the files of a result, last of all the JSON file that identifies it. */
export async function writeResult(
  { path, formats, key }: Result,
  image: RawImage,
  prediction: Prediction,
  camera: CameraOptions,
): Promise<void> {
  for (const format of formats) {
    await replaceFile(path + ENDINGS[format], await encoded(format, image, prediction, camera));
  }
  const { depth, width, height, prompt, class: depthClass } = prediction;
  const [nearest, farthest] = depth.reduce(
    ([least, greatest], metres) => [Math.min(least, metres), Math.max(greatest, metres)],
    [Number.POSITIVE_INFINITY, 0],
  );
  await writeJson(`${path}.json`, { ...key, width, height, nearest, farthest, prompt, class: depthClass });
}

async function encoded(
  format: Format,
  image: RawImage,
  { depth, width, height }: Prediction,
  camera: CameraOptions,
): Promise<Uint8Array> {
  const size = { width, height };
  switch (format) {
    case 'png16':
      return encodeDepthPng(depth, size);
    case 'npy':
      return encodeNpy(depth, size);
    case 'png':
      return encodePng(colorizeDepth(depth, size), size);
    default: {
      const points = { ...size, intrinsics: cameraFor(size, camera), colors: toRgb(image).data };
      return format === 'ply' ? encodePly(depth, points) : encodeGlb(depth, points);
    }
  }
}

async function readFacts(path: string): Promise<Partial<Result['key']> | undefined> {
  try {
    return JSON.parse(await readFile(`${path}.json`, 'utf8'));
  } catch {
    // Absent or not ours: there is no result.
    return undefined;
  }
}
