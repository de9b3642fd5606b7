import { readFile, rm, stat } from 'node:fs/promises';
import { replaceFile } from '@llm-mde/checkpoints';
import {
  colorizeDepth,
  encodeDepthPng,
  encodeGlb,
  encodeNpy,
  encodePly,
  encodePng,
  intrinsicsFromFocalLength,
  strideOf,
} from '@llm-mde/depth-maps';
import { type RawImage, toRgb } from '@llm-mde/vision-encoder';
import type { LlmMdeConfiguration, Prediction } from 'llm-mde';
import { glob } from 'tinyglobby';
import { writeJson } from '../config/json-file.js';
import { type CameraOptions, cameraFor, isStated } from './camera.js';

export type Format = 'png16' | 'npy' | 'png' | 'ply' | 'glb';

/** The file name extension of each format. */
const ENDINGS: Record<Format, string> = {
  png16: '.depth.png',
  npy: '.npy',
  png: '.color.png',
  ply: '.ply',
  glb: '.glb',
};

/** Vertices of a mesh: 16 bits number them, and every viewer takes so many. */
const MESH_POINTS = 65_535;

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
  if (facts.nearest === undefined) return false;
  const files = formats.map((format) => stat(path + ENDINGS[format]).catch(() => undefined));
  return (await Promise.all(files)).every((file) => file?.isFile());
}

/**
 * Checks that writing a result replaces nothing else.
 *
 * @throws Error if there is the result of another image, or a JSON file that is no result.
 */
export async function checkPlace({ path, key: { source } }: Result): Promise<void> {
  if (!(await stat(`${path}.json`).catch(() => undefined))) return;
  const facts = await readFacts(path);
  const cure = 'choose another --out, or replace it with --overwrite.';
  if (!facts) throw new Error(`${path}.json exists and is not a result of llm-mde predict: ${cure}`);
  if (facts.source && source && facts.source !== source)
    throw new Error(`${path} is the result of ${facts.source}: ${cure}`);
}

/** Whether an image file was written by {@link writeResult}: the JSON file beside it says so. */
export async function isResult(file: string): Promise<boolean> {
  const ending = [ENDINGS.png16, ENDINGS.png].find((each) => file.endsWith(each));
  return ending !== undefined && (await readFacts(file.slice(0, -ending.length))) !== undefined;
}

/** Removes what a killed program was writing; what is younger may be of another shard. */
export async function removeLeftBehind(folder: string): Promise<void> {
  const files = await glob('**/*.tmp', { cwd: folder, absolute: true, expandDirectories: false });
  for (const file of files.filter((name) => LEFT_BEHIND.test(name))) {
    const age = Date.now() - ((await stat(file).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > 1000 * SECONDS_OF_A_WRITE) await rm(file, { force: true });
  }
}

/** Nothing is written for so long without a sign of it. */
const SECONDS_OF_A_WRITE = 600;
const LEFT_BEHIND = /\.(?:depth\.png|color\.png|npy|ply|glb|json)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Writes the files of a result, and first and last of all the JSON file that identifies it: without depths while it is not complete. */
export async function writeResult(
  { path, formats, key }: Result,
  image: RawImage,
  prediction: Prediction,
  { depthScale = 1, ...options }: CameraOptions & Pick<LlmMdeConfiguration, 'depthScale'>,
): Promise<void> {
  const used = prediction.camera;
  // The points lie where the metres rest on.
  const camera: CameraOptions =
    used && !isStated(options) ? { intrinsics: intrinsicsFromFocalLength(used.focalLength, prediction) } : options;
  await writeJson(`${path}.json`, key);
  for (const format of formats) {
    await replaceFile(path + ENDINGS[format], await encoded(format, image, prediction, camera));
  }
  const { depth, width, height, prompt, class: depthClass } = prediction;
  const [nearest, farthest] = depth.reduce(
    ([least, greatest], metres) => [Math.min(least, metres), Math.max(greatest, metres)],
    [Number.POSITIVE_INFINITY, 0],
  );
  const mesh = formats.includes('glb') ? { meshStride: strideOf({ width, height, maximumPoints: MESH_POINTS }) } : {};
  await writeJson(`${path}.json`, {
    ...key,
    width,
    height,
    nearest,
    farthest,
    prompt,
    class: depthClass,
    ...(used && { camera: used }),
    ...(depthScale !== 1 && { calibration: depthScale }),
    ...mesh,
  });
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
      return format === 'ply' ? encodePly(depth, points) : encodeGlb(depth, { ...points, maximumPoints: MESH_POINTS });
    }
  }
}

/** @returns undefined if it is not of {@link writeResult}. */
async function readFacts(path: string): Promise<(Result['key'] & { nearest?: number }) | undefined> {
  try {
    const facts = JSON.parse(await readFile(`${path}.json`, 'utf8'));
    return 'source' in facts && 'model' in facts && 'testTimeFlip' in facts ? facts : undefined;
  } catch {
    // Absent, or not JSON.
    return undefined;
  }
}
