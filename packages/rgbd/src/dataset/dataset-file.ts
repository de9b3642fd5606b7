import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse, stringify, YAMLParseError } from 'yaml';
import { DatasetError, inFile } from '../errors.js';
import type { SplitName } from '../types.js';
import { byText } from './findings.js';
import { checkLayout, type ImageFolderLayout } from './layout.js';

/** The file in a data set's folder that describes it. */
export const DATASET_FILE = 'dataset.yaml';

/** What a file says about a data set. */
export interface DatasetFile {
  /** The folder of the images and depth maps. */
  folder: string;
  layout: ImageFolderLayout;
  /** Folders or lists of images, and the split that they make. */
  splits?: { images: string; split: SplitName }[];
  /** `dataset.yaml`, or Ultralytics' for the depth task of YOLO. */
  kind: 'described' | 'yolo';
}

export function isDatasetFile(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

/**
 * Reads the description of a data set: the file itself, or `dataset.yaml` in its folder, or a file there as Ultralytics writes it for YOLO.
 *
 * @returns undefined if a folder has none.
 * @throws DatasetError if the file is broken, or has a key that is unknown or wrong.
 */
export async function readDatasetFile(path: string): Promise<DatasetFile | undefined> {
  if (isDatasetFile(path)) return parseFile(path);
  const file = join(path, DATASET_FILE);
  if (existsSync(file)) return parseFile(file);
  for (const name of (await inFile(path, () => readdir(path))).filter(isDatasetFile).sort(byText)) {
    const value = await parseYaml(join(path, name)).catch(() => undefined);
    if (isYolo(value)) return ofYolo(value, path);
  }
  return undefined;
}

/** A layout as the text of a `dataset.yaml`. */
export function formatLayout({ intrinsics, ...layout }: ImageFolderLayout): string {
  const camera =
    typeof intrinsics === 'object' ? [intrinsics.fx, intrinsics.fy, intrinsics.cx, intrinsics.cy] : intrinsics;
  return stringify(
    { ...layout, ...(camera !== undefined && { intrinsics: camera }) },
    { collectionStyle: 'any', lineWidth: 0 },
  );
}

async function parseFile(file: string): Promise<DatasetFile> {
  const value = await parseYaml(file);
  if (isYolo(value)) return ofYolo(value, dirname(file));
  try {
    return { folder: dirname(file), layout: checkLayout(value ?? {}), kind: 'described' };
  } catch (error) {
    throw new DatasetError((error as Error).message, { file, cause: error });
  }
}

async function parseYaml(file: string): Promise<unknown> {
  const text = await inFile(file, () => readFile(file, 'utf8'));
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new DatasetError(`It is not YAML: ${error.message.split('\n')[0]!.replace(/:$/, '')}.`, {
      file,
      cause: error,
    });
  }
}

/** https://docs.ultralytics.com/datasets/depth: `images/train/1.jpg` belongs to `depth/train/1.npy`, in metres. */
interface YoloFile {
  path?: string;
  train: string | string[];
  val: string | string[];
  test?: string | string[] | null;
}

function isYolo(value: unknown): value is YoloFile {
  const isSplit = (split: unknown) =>
    typeof split === 'string' || (Array.isArray(split) && split.every((each) => typeof each === 'string'));
  const { train, val } = (value ?? {}) as Partial<YoloFile>;
  return isSplit(train) && isSplit(val);
}

function ofYolo({ path = '.', train, val, test }: YoloFile, beside: string): DatasetFile {
  // The path is the folder's on the machine where the file was written, or counts from a folder of all data sets.
  const folder = [resolve(beside, path), beside].find((each) => existsSync(join(each, 'images'))) ?? beside;
  const splits = (images: string | string[] | null | undefined, split: SplitName) =>
    [images ?? []].flat().map((each) => ({ images: each, split }));
  const hasTest = test !== undefined && test !== null;
  return {
    folder,
    layout: { images: 'images', depths: 'depth' },
    // What is validated on in training there is not trained on here either; without a test it is the test.
    splits: [...splits(train, 'train'), ...splits(val, hasTest ? 'holdout' : 'test'), ...splits(test, 'test')],
    kind: 'yolo',
  };
}
