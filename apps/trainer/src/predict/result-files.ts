import { readFile, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { finalPath, replaceFile } from '@llm-mde/checkpoints';
import {
  applyColormap,
  cameraFor,
  colorizeDepth,
  encodeDepthPng,
  encodeGlb,
  encodeNpy,
  encodePly,
  encodePng,
  intrinsicsFromFocalLength,
  strideOf,
} from '@llm-mde/depth-maps';
import type { DepthUnit } from '@llm-mde/teachers';
import { type RawImage, toRgb } from '@llm-mde/vision-encoder';
import type { LlmMdeConfiguration } from 'llm-mde';
import { glob } from 'tinyglobby';
import { writeJson } from '../config/json-file.js';
import type { PredictedDepth } from '../models/predicting-model.js';
import type { AttentionFacts } from './attention-facts.js';
import { type CameraOptions, isStated } from './camera.js';

export type Format = 'png16' | 'npy' | 'png' | 'ply' | 'glb';

/** The file name extension of each format. */
const ENDINGS: Record<Format, string> = {
  png16: '.depth.png',
  npy: '.npy',
  png: '.color.png',
  ply: '.ply',
  glb: '.glb',
};
const FORMATS = Object.keys(ENDINGS) as readonly Format[];

/** What is written unless somebody says otherwise. */
export function defaultFormats(unit: DepthUnit): Format[] {
  return unit === 'metre' ? ['png16', 'png'] : ['npy', 'png'];
}

/** Whether a format holds metres, which relative depth is not. */
export function refusedFormat(format: Format, unit: DepthUnit): boolean {
  return unit === 'relative' && format !== 'npy' && format !== 'png';
}

/** Vertices of a mesh: 16 bits number them, and every viewer takes so many. */
const MESH_POINTS = 65_535;

/** The result of an image: where its files are, and what they depend on. */
export interface Result {
  /** Path of its files, without their endings. */
  path: string;
  formats: readonly Format[];
  /** Whether it says what the patches attend to. */
  attention: boolean;
  /** Written beside them, and compared when a folder is resumed. */
  key: {
    /** Absolute path of the image; null for standard input. */
    source: string | null;
    model: string;
    testTimeFlip: boolean;
    /** What was said of the image; absent if nothing was. */
    scene?: string;
    /** Of the prediction; absent if it is float32. */
    precision?: 'int8';
  };
}

/** What the JSON file beside the others says. */
type Facts = Result['key'] & {
  /** Absent while the result is not complete. */
  nearest?: number;
  /** What there is of this image and model. */
  formats?: Format[];
  /** What there is of another image or model, or may be incomplete. */
  earlier?: Format[];
  attention?: AttentionFacts;
};

/** Whether all files of a result exist, made by the same model from the same image. Standard input is never the same. */
export async function isComplete({ path, formats, attention, key }: Result): Promise<boolean> {
  const facts = await readFacts(path);
  if (facts?.nearest === undefined || !isOf(facts, key) || (attention && !facts.attention)) return false;
  const present = facts.formats ?? FORMATS;
  if (!formats.every((format) => present.includes(format))) return false;
  return (await Promise.all(formats.map((format) => exists(path + ENDINGS[format])))).every(Boolean);
}

/**
 * Checks that writing a result replaces nothing else.
 *
 * @throws Error if there is the result of another image, or a file that is no result.
 */
export async function checkPlace({ path, formats, key: { source } }: Result): Promise<void> {
  const facts = await readFacts(path);
  const cure = 'choose another --out, or replace it with --overwrite.';
  if (facts?.source && source && facts.source !== source)
    throw new Error(`${path} is the result of ${facts.source}: ${cure}`);
  const written = facts ? writtenFormats(facts) : [];
  const unknown = formats.filter((format) => !written.includes(format)).map((format) => ENDINGS[format]);
  for (const file of [...(facts ? [] : ['.json']), ...unknown].map((ending) => path + ending)) {
    if (await exists(file)) throw new Error(`${file} exists and is not a result of llm-mde predict: ${cure}`);
  }
}

/** Whether an image file was written by {@link writeResult}: the JSON file beside it says so. */
export async function isResult(file: string): Promise<boolean> {
  const format = FORMATS.find((each) => file.endsWith(ENDINGS[each]));
  const facts = format && (await readFacts(file.slice(0, -ENDINGS[format].length)));
  return facts !== undefined && writtenFormats(facts).includes(format!);
}

/** Removes what a killed program was writing; what is younger may be of another shard. */
export async function removeLeftBehind(folder: string): Promise<void> {
  const files = await glob('**/*.tmp', { cwd: folder, absolute: true, expandDirectories: false });
  for (const file of files) {
    const written = finalPath(basename(file));
    const isOwn = ['.json', ...Object.values(ENDINGS)].some((ending) => written.endsWith(ending));
    const age = Date.now() - ((await stat(file).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (isOwn && age > 1000 * SECONDS_OF_A_WRITE) await rm(file, { force: true });
  }
}

/** Nothing is written for so long without a sign of it. */
const SECONDS_OF_A_WRITE = 600;

/** Writes the files of a result, and first and last of all the JSON file that identifies it: without depths while it is not complete. */
export async function writeResult(
  { path, formats, key }: Result,
  image: RawImage,
  prediction: PredictedDepth,
  {
    depthScale = 1,
    unit = 'metre',
    attention: found,
    ...options
  }: CameraOptions &
    Pick<LlmMdeConfiguration, 'depthScale'> & { unit?: DepthUnit | undefined; attention?: AttentionFacts | undefined },
): Promise<void> {
  const used = prediction.camera;
  // The points lie where the metres rest on.
  const camera: CameraOptions =
    used && !isStated(options) ? { intrinsics: intrinsicsFromFocalLength(used.focalLength, prediction) } : options;
  const before = await readFacts(path);
  const written = before ? writtenFormats(before) : [];
  const kept = before?.nearest !== undefined && isOf(before, key) ? (before.formats ?? []) : [];
  const attention = found ?? (before && isOf(before, key) ? before.attention : undefined);
  await writeJson(`${path}.json`, {
    ...key,
    ...(attention && { attention }),
    earlier: FORMATS.filter((each) => [...written, ...formats].includes(each)),
  });
  for (const format of formats) {
    await replaceFile(path + ENDINGS[format], await encoded(format, image, prediction, { ...camera, unit }));
  }
  const { depth, width, height, prompt, class: depthClass } = prediction;
  const [least, greatest] = extent(depth);
  // Of inverse depth, the largest value is the nearest.
  const [nearest, farthest] = unit === 'metre' ? [least, greatest] : [greatest, least];
  const mesh = formats.includes('glb') ? { meshStride: strideOf({ width, height, maximumPoints: MESH_POINTS }) } : {};
  const current = FORMATS.filter((each) => [...kept, ...formats].includes(each));
  const earlier = written.filter((each) => !current.includes(each));
  await writeJson(`${path}.json`, {
    ...key,
    formats: current,
    ...(earlier.length > 0 && { earlier }),
    width,
    height,
    ...(unit === 'relative' && { unit: 'relative inverse depth' }),
    nearest,
    farthest,
    prompt,
    class: depthClass,
    ...(used && { camera: used }),
    ...(depthScale !== 1 && { calibration: depthScale }),
    ...mesh,
    ...(attention && { attention }),
  });
}

async function encoded(
  format: Format,
  image: RawImage,
  { depth, width, height }: PredictedDepth,
  { unit, ...camera }: CameraOptions & { unit: DepthUnit },
): Promise<Uint8Array> {
  const size = { width, height };
  if (format === 'png' && unit === 'relative') return encodePng(colorizeInverse(depth, size), size);
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

/** Near is warm, over the image's own range, as of metres. */
function colorizeInverse(values: Float32Array, size: { width: number; height: number }): Uint8Array {
  const [least] = extent(values);
  return applyColormap(
    values.map((value) => value - least),
    { ...size, colormap: 'turbo' },
  );
}

function extent(values: Float32Array): [least: number, greatest: number] {
  return values.reduce<[number, number]>(
    ([least, greatest], value) => [Math.min(least, value), Math.max(greatest, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** @returns undefined if it is not of {@link writeResult}. */
async function readFacts(path: string): Promise<Facts | undefined> {
  try {
    const facts = JSON.parse(await readFile(`${path}.json`, 'utf8'));
    return 'source' in facts && 'model' in facts && 'testTimeFlip' in facts ? facts : undefined;
  } catch {
    // Absent, or not JSON.
    return undefined;
  }
}

function isOf(facts: Facts, key: Result['key']): boolean {
  const names = ['source', 'model', 'testTimeFlip', 'scene', 'precision'] as const;
  return key.source !== null && names.every((name) => facts[name] === key[name]);
}

/** The formats that were written here, whatever of. Version 0.1.0 did not note them. */
function writtenFormats({ formats, earlier }: Facts): readonly Format[] {
  return formats || earlier ? [formats ?? [], earlier ?? []].flat() : FORMATS;
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}
