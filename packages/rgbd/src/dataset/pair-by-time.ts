import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { DatasetError, inFile } from '../errors.js';
import { problemOfMemberName } from '../formats/member-name.js';
import type { Findings } from './findings.js';
import type { NamedPair } from './pair-by-name.js';

/** TUM RGB-D's depth images have 5000 units a metre. */
export const TUM_SCALE = 1 / 5000;
/** Seconds between an image and its depth map, as the data set's own script allows. */
const FARTHEST_IN_TIME = 0.02;
const LISTS = ['rgb.txt', 'depth.txt'] as const;

/** The sequences of TUM RGB-D at a path: the folder itself, or those in it, that have `rgb.txt` and `depth.txt`. */
export async function findSequences(path: string, names: readonly string[]): Promise<string[]> {
  const folders = [path, ...names.map((name) => join(path, name))];
  return folders.filter((folder) => LISTS.every((list) => existsSync(join(folder, list))));
}

/**
 * Pairs the images and depth maps of a sequence by the times in its lists: the two nearest in time first, each only once, as the data set's
 * own script does. What has no partner within 0.02 seconds is counted as skipped.
 */
export async function pairByTime(folder: string, findings: Findings): Promise<NamedPair[]> {
  const [images, depths] = await Promise.all(LISTS.map((list) => readTimes(folder, list)));
  const candidates: { image: TimedFile; depth: TimedFile; apart: number }[] = [];
  let first = 0;
  for (const image of images!) {
    while (first < depths!.length && depths![first]!.time < image.time - FARTHEST_IN_TIME) first++;
    for (let at = first; at < depths!.length && depths![at]!.time <= image.time + FARTHEST_IN_TIME; at++)
      candidates.push({ image, depth: depths![at]!, apart: Math.abs(depths![at]!.time - image.time) });
  }
  const partners = new Map<TimedFile, TimedFile>();
  for (const { image, depth } of candidates.toSorted((a, b) => a.apart - b.apart)) {
    if (!partners.has(image) && !partners.has(depth)) partners.set(image, depth).set(depth, image);
  }
  return images!.flatMap((image) => {
    const depth = partners.get(image);
    if (depth) return [{ id: join(basename(resolve(folder)), image.name), image: image.file, depth: depth.file }];
    findings.note({ file: image.file, problem: 'No depth map was taken within 0.02 seconds of it.' });
    return [];
  });
}

interface TimedFile {
  time: number;
  file: string;
  /** Without folder and ending. */
  name: string;
}

async function readTimes(folder: string, list: string): Promise<TimedFile[]> {
  const path = join(folder, list);
  const lines = (await inFile(path, () => readFile(path, 'utf8'))).split(/\r?\n/);
  return lines
    .flatMap((line, index) => {
      if (/^\s*(#|$)/.test(line)) return [];
      const [time, name = '', ...rest] = line.trim().split(/\s+/);
      const problem =
        rest.length > 0 || !(Number(time) > 0) || name === '' ? 'it has no time and file' : problemOfMemberName(name);
      if (problem !== undefined)
        throw new DatasetError(`Line ${index + 1} is not read: ${problem.replace('the archive', 'the folder')}.`, {
          file: path,
        });
      return [{ time: Number(time), file: join(folder, name), name: basename(name, extname(name)) }];
    })
    .sort((a, b) => a.time - b.time);
}
