import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import {
  assembleFrame,
  byText,
  DatasetError,
  Findings,
  type FrameInfo,
  type FrameReader,
  inFile,
  type OnBadFrame,
  type SourceIndex,
  sceneTypeOf,
} from '@llm-mde/rgbd';
import { decodeDepthPng, decodeImage, LocationReader, problemOfMemberName } from '@llm-mde/rgbd/formats';

/** A list file, and the folder that its paths count from. */
export interface FrameListSource {
  file: string;
  /** Default: the first of the list's folder, `sync`, `official_splits/<split>` and `<split>` within it or beside it that has the first image. */
  root?: string;
}

export interface ListsOptions {
  onBadFrame: OnBadFrame;
  train?: string | FrameListSource;
  test?: string | FrameListSource;
}

export interface ListsIndex extends SourceIndex {
  format: 'lists';
  files: { image: string; depth: string }[];
}

/**
 * Lists the frames of list files as BTS and AdaBins have them. Each line is
 *
 *     /kitchen_0028b/rgb_00045.jpg /kitchen_0028b/sync_depth_00045.png 518.8579
 *
 * image, depth (16-bit PNG in millimetres) and focal length in pixels. Paths may begin with a slash (the training list's do) or not; the last line
 * may lack its newline (the test list's does); a line whose depth is `None` has no depth and is skipped. Nothing but the lists is read.
 *
 * A frame's id is its image's path without `rgb_` and the ending: `kitchen_0028b/00045`.
 *
 * @param path the folder with the lists, `*train*.txt` and `*test*.txt`; or one list file.
 */
export async function indexLists(path: string, options: ListsOptions): Promise<ListsIndex> {
  const findings = new Findings(options.onBadFrame);
  const found: { info: FrameInfo; file: string; files: { image: string; depth: string } }[] = [];
  const lists = await findLists(path, options);
  for (const split of ['train', 'test'] as const) {
    const list = lists[split];
    if (list) found.push(...(await readList(list, split, findings)));
  }
  const frames = findings.withoutDuplicates(found);
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
  if (path.endsWith('.txt'))
    return /test|val/i.test(posix.basename(path)) ? { test: { file: path } } : { train: { file: path } };
  const names = await listFilesIn(path);
  const choose = (split: 'train' | 'test') => {
    const fitting = names.filter((name) => name.toLowerCase().includes(split));
    if (fitting.length > 1) {
      throw new DatasetError(
        `It has several lists for ${split}: ${fitting.join(', ')}. Choose one: lists: { ${split}: … }.`,
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
  const names = (await readdir(folder))
    .filter((name) => name.endsWith('.txt') && /train|test/i.test(name))
    .sort(byText);
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return names.filter((_, index) => /^\s*\S+\.(jpe?g|png)\s+\S+/i.test(contents[index]!));
}

async function readList(list: FrameListSource, split: 'train' | 'test', findings: Findings) {
  const lines = await readLines(list.file);
  const root = list.root ?? findRoot(list.file, split, lines[0]!.text);
  return lines.flatMap(({ text, number }) => {
    const line = `${list.file}, line ${number}`;
    const [image, depth, focal, ...rest] = text.split(/\s+/).map((field) => field.replace(/^\/+/, ''));
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
    const scene = posix.basename(posix.dirname(image));
    const id = posix.join(posix.dirname(image), posix.parse(image).name.replace(/^rgb_/, ''));
    if (depth === 'None') {
      findings.note({ file: line, frame: id, problem: 'The list states no depth for it.' });
      return [];
    }
    const info: FrameInfo = {
      id,
      scene,
      sceneType: sceneTypeOf(scene),
      split,
      ...(focalLength === undefined ? {} : { focalLength }),
    };
    return [{ info, file: line, files: { image: join(root, image), depth: join(root, depth) } }];
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

function findRoot(file: string, split: 'train' | 'test', firstLine: string): string {
  const image = firstLine.split(/\s+/)[0]!.replace(/^\/+/, '');
  const folder = dirname(file);
  const candidates = [folder, dirname(folder)].flatMap((base) => [
    base,
    join(base, 'sync'),
    join(base, 'official_splits', split),
    join(base, split),
  ]);
  // Where nothing fits, errors name the files as they would lie beside the list.
  return candidates.find((candidate) => existsSync(join(candidate, image))) ?? folder;
}

/** @throws DatasetError while reading, if an image or depth map is missing, broken or of another size. */
export async function openLists({ frames, files }: ListsIndex): Promise<FrameReader> {
  const reader = new LocationReader();
  return {
    async read(position) {
      const [info, { image, depth }] = [frames[position]!, files[position]!];
      const load = (path: string) => reader.read({ kind: 'file', path });
      // Both are awaited, so that none is still being read when this throws.
      const [pixels, metres] = await Promise.allSettled([
        load(image).then((content) => decodeImage(content, image)),
        load(depth).then((content) => decodeDepthPng(content, depth)),
      ]);
      if (pixels.status === 'rejected') throw pixels.reason;
      if (metres.status === 'rejected') throw metres.reason;
      return assembleFrame(info, pixels.value, metres.value, { file: depth });
    },
    close: () => reader.close(),
  };
}
