import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import { encodeDepthPng, encodePng } from '@llm-mde/depth-maps';
import { type WritableFrame as Frame, writeBtsLists, writeFastDepth, writeLabeled, writeSplits } from '@llm-mde/nyu';

/** The forms that any frames can be written in. */
export const WRITABLE_FORMATS = ['labeled', 'lists', 'shards', 'pairs'] as const;
export type WritableFormat = (typeof WRITABLE_FORMATS)[number];

export type Part = 'train' | 'test';

/** Frames to write. */
export interface FrameSource {
  /** Which part each is in. */
  parts: readonly Part[];
  /** The frames in these places, in order; one that cannot be read may be left out. */
  frames(places: readonly number[]): AsyncIterable<{ place: number; frame: Frame }>;
}

/**
 * Writes frames in one of the forms that `openNyu` reads, with their parts where the form has any (a folder of pairs has none).
 *
 * @returns how many frames were written.
 * @throws Error if the folder has something in it; RangeError if a part that the form needs has no frames.
 */
export async function writeDataset(folder: string, format: WritableFormat, source: FrameSource): Promise<number> {
  await makeEmptyFolder(folder);
  const all = [...source.parts.keys()];
  const placesOf = (part: Part) => all.filter((place) => source.parts[place] === part);
  const written: Part[] = [];
  async function* counted(places: readonly number[]) {
    for await (const { place, frame } of source.frames(places)) {
      written.push(source.parts[place]!);
      yield frame;
    }
  }
  if (format === 'labeled') {
    await writeLabeled(join(folder, 'nyu_depth_v2_labeled.mat'), counted(all));
    const rows = (part: Part) => [...written.keys()].filter((row) => written[row] === part);
    await writeSplits(join(folder, 'splits.mat'), { train: rows('train'), test: rows('test') });
  } else if (format === 'lists') {
    const list = (part: Part) => ({ split: part, list: join(folder, `nyudepthv2_${part}_files_with_gt.txt`) });
    await writeBtsLists(join(folder, 'sync'), counted(placesOf('train')), list('train'));
    await writeBtsLists(join(folder, 'official_splits', 'test'), counted(placesOf('test')), list('test'));
  } else if (format === 'shards') {
    await writeFastDepth(folder, counted(placesOf('train')), { split: 'train' });
    await writeFastDepth(folder, counted(placesOf('test')), { split: 'val' });
  } else {
    for await (const frame of counted(all)) await writePair(folder, frame);
  }
  return written.length;
}

/** Makes a folder, and refuses one that has something in it. */
export async function makeEmptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) {
    throw new Error(`The folder ${folder} is not empty: name one that is, or that is not there yet.`);
  }
}

/** An image and its depth in millimetres, in folders of their scene. */
async function writePair(folder: string, { id, scene, image, rawDepth }: Frame): Promise<void> {
  const name = `${scene}/${id.split('/').at(-1)}.png`;
  const files = { images: encodePng(image.data, image), depth: encodeDepthPng(rawDepth, image) };
  for (const [kind, content] of Object.entries(files)) {
    const path = join(folder, kind, name);
    await replaceFile(path, content);
  }
}
