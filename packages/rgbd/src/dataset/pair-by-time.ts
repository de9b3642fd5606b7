import { readFile } from 'node:fs/promises';
import { basename, posix, resolve } from 'node:path';
import { DatasetError, inFile } from '../errors.js';
import { problemOfMemberName } from '../formats/member-name.js';
import { byFolder, type KeyedFile, stemOf } from './find-files.js';
import type { FileTree } from './list-files.js';
import type { Pair, Pairs } from './pair-by-name.js';

/** Seconds between an image and its depth map, as TUM RGB-D's own script allows. */
const FARTHEST_IN_TIME = 0.02;
/** What that script writes, by the names in use. */
const ASSOCIATIONS = /(?:^|\/)associat(?:ions?|ed?)\.txt$/;

/** The folders of TUM RGB-D's sequences, relative to the data set's: those that have `rgb.txt` and `depth.txt`, or `associations.txt`. */
export function findSequences(tree: FileTree): string[] {
  const folders = tree.paths
    .filter(
      (path) => ASSOCIATIONS.test(path) || (/(?:^|\/)rgb\.txt$/.test(path) && tree.has(besides(path, 'depth.txt'))),
    )
    .map((path) => posix.dirname(path));
  return [...new Set(folders)];
}

/** Pairs the images and depth maps of all sequences as their lists say, or by the times in them. */
export async function pairByLists(tree: FileTree): Promise<Pairs> {
  const result: Pairs = { pairs: [], problems: [] };
  for (const folder of findSequences(tree)) {
    const sequence = folder === '.' ? basename(resolve(tree.root)) : folder;
    const association = tree.paths.find((path) => posix.dirname(path) === folder && ASSOCIATIONS.test(path));
    const found = association ? await readAssociations(tree, association) : await pairTimes(tree, folder);
    const idOf = (image: string) => posix.join(sequence, posix.basename(stemOf(image)));
    result.pairs.push(...found.pairs.map((pair) => ({ ...pair, id: idOf(pair.image) })));
    result.problems.push(...found.problems);
  }
  return result;
}

/**
 * Pairs files whose names are times, folder by folder: the two nearest in time first, each only once. What has no partner within 0.02 seconds has none.
 */
export function pairByTime(images: readonly KeyedFile[], depths: readonly KeyedFile[]): Pairs {
  const timed = (files: readonly KeyedFile[] = []) =>
    files.map(({ path, key }) => ({ path, id: key, time: timeOf(posix.basename(key)) }));
  const maps = byFolder(depths);
  const result: Pairs = { pairs: [], problems: [] };
  for (const [folder, files] of byFolder(images)) {
    const { pairs, problems } = nearestInTime(timed(files), timed(maps.get(folder)));
    result.pairs.push(...pairs);
    result.problems.push(...problems);
  }
  return result;
}

interface TimedFile {
  /** Seconds. */
  time: number;
  path: string;
  id: string;
}

function nearestInTime(images: readonly TimedFile[], depths: readonly TimedFile[]): Pairs {
  const inOrder = (files: readonly TimedFile[]) => files.toSorted((a, b) => a.time - b.time);
  const [first, second] = [inOrder(images), inOrder(depths)];
  const candidates: { image: TimedFile; depth: TimedFile; apart: number }[] = [];
  let start = 0;
  for (const image of first) {
    while (start < second.length && second[start]!.time < image.time - FARTHEST_IN_TIME) start++;
    for (let at = start; at < second.length && second[at]!.time <= image.time + FARTHEST_IN_TIME; at++)
      candidates.push({ image, depth: second[at]!, apart: Math.abs(second[at]!.time - image.time) });
  }
  const partners = new Map<TimedFile, TimedFile>();
  for (const { image, depth } of candidates.toSorted((a, b) => a.apart - b.apart)) {
    if (!partners.has(image) && !partners.has(depth)) partners.set(image, depth).set(depth, image);
  }
  const pairs: Pair[] = [];
  const problems: Pairs['problems'] = [];
  for (const image of first) {
    const depth = partners.get(image);
    if (depth) pairs.push({ id: image.id, image: image.path, depth: depth.path });
    else {
      const problem = 'No depth map was taken within 0.02 seconds of it.';
      problems.push({ path: image.path, frame: image.id, problem });
    }
  }
  return { pairs, problems };
}

/** Seconds, from the last number in a name: 1305031790.645155; or whole microseconds (SUN3D has twelve digits, clocks sixteen), milliseconds or nanoseconds. */
function timeOf(name: string): number {
  const number = /\d+(?:\.\d+)?(?=\D*$)/.exec(name)?.[0];
  if (number === undefined) return Number.NaN;
  return Number(number) / (DIGITS_TO_SECONDS[number.length] ?? 1);
}

const DIGITS_TO_SECONDS: Record<number, number> = { 12: 1e6, 13: 1e3, 16: 1e6, 19: 1e9 };

async function pairTimes(tree: FileTree, folder: string): Promise<Pairs> {
  const read = async (list: string) => {
    const path = posix.join(folder, list);
    const lines = await readList(tree, path, 2);
    return lines.map(([time, name]) => ({ time: Number(time), path: posix.join(folder, name!), id: name! }));
  };
  return nearestInTime(await read('rgb.txt'), await read('depth.txt'));
}

/** Lines of time, file, time, file: the image first, or, as in ICL-NUIM, the depth map. */
async function readAssociations(tree: FileTree, path: string): Promise<Pairs> {
  const lines = await readList(tree, path, 4);
  const pairs = lines.map(([, first, , second]) => {
    const [image, depth] = /depth/i.test(first!) ? [second!, first!] : [first!, second!];
    return { id: image, image: posix.join(posix.dirname(path), image), depth: posix.join(posix.dirname(path), depth) };
  });
  return { pairs, problems: [] };
}

async function readList(tree: FileTree, path: string, columns: 2 | 4): Promise<string[][]> {
  const file = tree.at(path);
  const lines = (await inFile(file, () => readFile(file, 'utf8'))).split(/\r?\n/);
  return lines.flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const fields = line.trim().split(/\s+/);
    const names = fields.filter((_, at) => at % 2 === 1);
    const hasTimes = fields.every((field, at) => at % 2 === 1 || Number(field) >= 0);
    const what = columns === 2 ? 'time and file' : 'time and file of an image and of a depth map';
    const problem =
      fields.length !== columns || !hasTimes
        ? `it has no ${what}`
        : names.map(problemOfMemberName).find((found) => found !== undefined);
    if (problem === undefined) return [fields];
    throw new DatasetError(`Line ${index + 1} is not read: ${problem.replace('the archive', 'the folder')}.`, { file });
  });
}

function besides(path: string, name: string): string {
  return posix.join(posix.dirname(path), name);
}
