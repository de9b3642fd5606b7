import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Intrinsics } from '@llm-mde/depth-maps';
import {
  assembleFrame,
  byText,
  DatasetError,
  Findings,
  type FrameFiles,
  type FrameInfo,
  type FrameReader,
  inFile,
  missingFiles,
  NO_SUCH_FILE,
  type OnBadFrame,
  type RgbImage,
  type SourceIndex,
  sceneTypeOf,
} from '@llm-mde/rgbd';
import { decodeDepthPng, decodeImage, LocationReader, problemOfMemberName } from '@llm-mde/rgbd/formats';
import { nyuCamera } from './nyu-camera.js';

/** A list file, and the folder that its paths count from. */
export interface FrameListSource {
  file: string;
  /** Default: the first of the list's folder, `sync`, `official_splits/<split>` and `<split>` within it or beside it that has an image of the list. */
  root?: string;
}

export interface ListsOptions {
  onBadFrame: OnBadFrame;
  train?: string | FrameListSource;
  test?: string | FrameListSource;
}

export interface ListsIndex extends SourceIndex {
  format: 'lists';
  files: ListedFiles[];
}

interface ListedFiles extends FrameFiles {
  /** Metres that a value of 1 stands for in an 8-bit depth map, where the list may have any. */
  scaleOf8Bits?: number;
}

/**
 * Lists the frames of list files as BTS and AdaBins have them. Each line is
 *
 *     /kitchen_0028b/rgb_00045.jpg /kitchen_0028b/sync_depth_00045.png 518.8579
 *
 * image, depth (16-bit PNG in millimetres) and focal length in pixels. Paths may begin with a slash (the training list's do) or not; the last line
 * may lack its newline (the test list's does); a line whose depth is `None` has no depth and is skipped. Nothing but the lists is read; with `onBadFrame: 'skip'`
 * frames whose files are not there are skipped.
 *
 * The copy that DenseDepth trains on, which is also on Kaggle, has CSV lists instead, `data/nyu2_train/living_room_0038_out/37.jpg,…/37.png`, without focal
 * lengths. Its depth maps for training have 8 bits, 255 for 10 m; those for testing have 16 bits, millimetres.
 *
 * A frame's id is its image's path without `rgb_` and the ending: `kitchen_0028b/00045`.
 *
 * @param path the folder with the lists, `*train*.txt` and `*test*.txt` (or `.csv`); or one list file.
 */
export async function indexLists(path: string, options: ListsOptions): Promise<ListsIndex> {
  const findings = new Findings(options.onBadFrame);
  const found: { info: FrameInfo; file: string; files: ListedFiles }[] = [];
  const lists = await findLists(path, options);
  for (const split of ['train', 'test'] as const) {
    const list = lists[split];
    if (list) found.push(...(await readList(list, split, findings)));
  }
  const named = findings.withoutDuplicates(found);
  const missing = options.onBadFrame === 'skip' ? await missingFiles(named.map(({ files }) => files)) : [];
  const frames = named.filter(({ info }, index) => {
    const file = missing[index];
    if (file !== undefined) findings.report({ file, frame: info.id, problem: NO_SUCH_FILE });
    return file === undefined;
  });
  return {
    format: 'lists',
    frames: frames.map(({ info }) => info),
    files: frames.map(({ files }) => files),
    skipped: findings.skipped,
    splitHint: 'name a list for training and one for testing with the option lists.',
  };
}

type Lists = Partial<Record<'train' | 'test', FrameListSource>>;

async function findLists(path: string, { train, test }: ListsOptions): Promise<Lists> {
  const asSource = (list: string | FrameListSource | undefined) => (typeof list === 'string' ? { file: list } : list);
  if (train !== undefined || test !== undefined) {
    return { train: asSource(train), test: asSource(test) };
  }
  if (isListName(path))
    return /test|val/i.test(posix.basename(path)) ? { test: { file: path } } : { train: { file: path } };
  const names = await listFilesIn(path);
  const choose = (split: 'train' | 'test') => {
    const fitting = names.filter((name) => name.toLowerCase().includes(split));
    if (fitting.length > 1) {
      throw new DatasetError(
        `It has several lists for ${split}: ${fitting.join(', ')}. Open the one that is meant, or name it with the option lists.`,
        {
          file: path,
        },
      );
    }
    return fitting.length === 1 ? { [split]: { file: join(path, fitting[0]!) } } : {};
  };
  return { ...choose('train'), ...choose('test') };
}

/** Text files whose first line looks like a frame. */
export async function listFilesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => isListName(name) && /train|test/i.test(name)).sort(byText);
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return names.filter((_, index) => /^\s*\S+\.(jpe?g|png)[\s,]+\S+/i.test(contents[index]!));
}

/** Whether a file can be a list by its name. */
export function isListName(name: string): boolean {
  return /\.(txt|csv)$/i.test(name);
}

/** DenseDepth's folder of all test images. */
const UNKNOWN_SCENES = 'nyu2_test';

function isCsv(file: string): boolean {
  return /\.csv$/i.test(file);
}

/** Of DenseDepth's training maps: 255 is 10 m. */
const SCALE_OF_8_BITS = 10 / 255;

function fieldsOf(line: string, file: string): string[] {
  return line.split(isCsv(file) ? /\s*,\s*/ : /\s+/).map((field) => field.replace(/^\/+/, ''));
}

async function readList(list: FrameListSource, split: 'train' | 'test', findings: Findings) {
  const lines = await readLines(list.file);
  const root = list.root ?? findRoot(list.file, split, lines);
  return lines.flatMap(({ text, number }) => {
    const line = `${list.file}, line ${number}`;
    const [image, depth, focal, ...rest] = fieldsOf(text, list.file);
    const focalLength = focal === undefined ? undefined : Number(focal);
    const problem =
      image === undefined || depth === undefined || rest.length > 0
        ? `A line has an image, a depth map and a focal length, but this is "${text.slice(0, 200)}".`
        : focalLength !== undefined && !(focalLength > 0)
          ? `The focal length "${focal}" is not a number above 0.`
          : [image, depth].map((name) => problemOfPath(name)).find((found) => found !== undefined);
    if (problem !== undefined || image === undefined || depth === undefined) {
      findings.report({ file: line, problem: problem ?? 'It is empty.' });
      return [];
    }
    const scene = posix.basename(posix.dirname(image)).replace(/_out$/, '');
    const id = posix.join(posix.dirname(image), posix.parse(image).name.replace(/^rgb_|_colors$/, ''));
    if (depth === 'None') {
      findings.note({ file: line, frame: id, problem: 'The list states no depth for it.' });
      return [];
    }
    const info: FrameInfo = {
      id,
      scene,
      sceneType: scene === UNKNOWN_SCENES ? 'unknown' : sceneTypeOf(scene),
      split,
      ...(focalLength === undefined ? {} : { focalLength }),
    };
    const files = { image: join(root, image), depth: join(root, depth) };
    return [{ info, file: line, files: isCsv(list.file) ? { ...files, scaleOf8Bits: SCALE_OF_8_BITS } : files }];
  });
}

function problemOfPath(name: string): string | undefined {
  const problem = problemOfMemberName(name);
  return problem && `The path "${name}" is not read: ${problem.replace('the archive', "the data set's folder")}.`;
}

async function readLines(file: string): Promise<{ text: string; number: number }[]> {
  const content = await inFile(file, () => readFile(file, 'utf8'));
  const lines = content
    .split(/\r?\n/)
    .map((text, index) => ({ text: text.trim(), number: index + 1 }))
    .filter(({ text }) => text !== '');
  if (lines.length === 0) throw new DatasetError('The list is empty.', { file });
  return lines;
}

function findRoot(file: string, split: 'train' | 'test', lines: readonly { text: string }[]): string {
  const images = lines.map(({ text }) => fieldsOf(text, file)[0]!);
  const folder = dirname(file);
  const candidates = [folder, dirname(folder)].flatMap((base) => [
    base,
    join(base, 'sync'),
    join(base, 'official_splits', split),
    join(base, split),
  ]);
  // Some images may be missing. Where all are, errors name the files as they would lie beside the list.
  return candidates.find((candidate) => images.some((image) => existsSync(join(candidate, image)))) ?? folder;
}

/** @throws DatasetError while reading, if an image or depth map is missing, broken or of another size. */
export async function openLists({ frames, files }: ListsIndex): Promise<FrameReader> {
  const reader = new LocationReader();
  return {
    async read(position) {
      const [info, { image, depth, scaleOf8Bits }] = [frames[position]!, files[position]!];
      const load = (path: string) => reader.read({ kind: 'file', path });
      // Both are awaited, so that none is still being read when this throws.
      const [pixels, metres] = await Promise.allSettled([
        load(image).then((content) => decodeImage(content, image)),
        load(depth).then((content) => decodeDepthPng(content, depth, { scaleOf8Bits })),
      ]);
      if (pixels.status === 'rejected') throw pixels.reason;
      if (metres.status === 'rejected') throw metres.reason;
      return assembleFrame(info, pixels.value, metres.value, { file: depth, intrinsics: cameraOf(info, pixels.value) });
    },
    close: () => reader.close(),
  };
}

/** NYU's camera, unless the list states another focal length than that has. */
function cameraOf({ focalLength }: FrameInfo, size: RgbImage): Intrinsics | undefined {
  const camera = nyuCamera(size);
  return focalLength === undefined || Math.abs(focalLength / (camera?.fx ?? 0) - 1) < 0.001 ? camera : undefined;
}
