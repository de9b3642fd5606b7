import { resolve } from 'node:path';
import { DatasetError, type OnBadFrame } from './dataset-error.js';
import { detectFormat, pathOfFormat } from './detect-format.js';
import { NyuDataset } from './nyu-dataset.js';
import { indexLabeled } from './sources/labeled.js';
import { type FrameListSource, indexLists } from './sources/lists.js';
import { indexPairs, type PairsLayout } from './sources/pairs.js';
import { indexRawDump } from './sources/raw-dump.js';
import { indexShards } from './sources/shards.js';
import type { Format, SourceIndex } from './sources/source.js';

export interface OpenOptions {
  /** The form that the data set is in. @default what the files look like */
  format?: Format;
  /**
   * What to do with what is broken or missing, while opening, and in `batches` unless it says otherwise: stop with an error that
   * names file and frame, or leave it out and count it. @default 'throw'
   */
  onBadFrame?: OnBadFrame;
  /**
   * Labeled file and raw dump: depth with holes as projected (`raw`), or with its holes filled (`filled`). Evaluators use the first.
   * @default 'raw'
   */
  depth?: 'raw' | 'filled';
  /** Labeled file: path of `splits.mat`. @default the one beside it, if there is one */
  splits?: string;
  /** Raw dump: the names of the training scenes, or the path of a text file with one on each line. @default none: no frame has a part */
  trainScenes?: readonly string[] | string;
  /** Raw dump: of a scene's depth images, take only each so many-th. BTS took every 7th. @default 1 */
  every?: number;
  /** Lists: the list files, and the folders that their paths count from. @default `*train*.txt` and `*test*.txt` in the folder */
  lists?: { train?: string | FrameListSource; test?: string | FrameListSource };
  /** A folder of one's own pairs: how it is laid out. */
  pairs?: PairsLayout;
}

/**
 * Opens NYU Depth v2 in any form that it is published in, or a folder of one's own images and depth maps. Only names and lists are read; frames
 * are read when they are asked for.
 *
 * @param path `nyu_depth_v2_labeled.mat`; a folder of the raw dump or of its zip files, or one of them; a folder with BTS's lists, or a list; a
 *   folder of HDF5 frames or of tar files of them, or one of them; a folder with `images` and `depth`; or a folder that has one of these in it.
 * @throws DatasetError if nothing known is there, or something is wrong with it and `onBadFrame` is `throw`.
 */
export async function openNyu(path: string, options: OpenOptions = {}): Promise<NyuDataset> {
  const { onBadFrame = 'throw' } = options;
  if (onBadFrame !== 'throw' && onBadFrame !== 'skip') {
    throw new TypeError(`onBadFrame must be 'throw' or 'skip', got ${JSON.stringify(onBadFrame)}.`);
  }
  const index = await indexSource(resolve(path), options, onBadFrame);
  if (index.frames.length === 0) {
    const first = index.skipped[0];
    const reason = first ? ` ${index.skipped.length} were left out; the first is ${first.file}: ${first.problem}` : '';
    throw new DatasetError(`There is no frame in it.${reason}`, { file: path });
  }
  return new NyuDataset(index, onBadFrame);
}

async function indexSource(path: string, options: OpenOptions, onBadFrame: OnBadFrame): Promise<SourceIndex> {
  const { format } = options;
  const recognized =
    format === undefined ? await detectFormat(path) : { format, path: await pathOfFormat(path, format) };
  const { depth = 'raw', splits, trainScenes, every = 1, lists, pairs } = options;
  switch (recognized.format) {
    case 'labeled':
      return indexLabeled(recognized.path, { depth, ...(splits === undefined ? {} : { splits }) });
    case 'raw-dump':
      return indexRawDump(recognized.path, {
        onBadFrame,
        depth,
        every,
        ...(trainScenes === undefined ? {} : { trainScenes }),
      });
    case 'lists':
      return indexLists(recognized.path, { onBadFrame, ...lists });
    case 'shards':
      return indexShards(recognized.path, { onBadFrame });
    case 'pairs':
      return indexPairs(recognized.path, { onBadFrame, ...pairs });
    default:
      throw new TypeError(
        `Unknown format ${JSON.stringify(recognized.format)}: use 'labeled', 'raw-dump', 'lists', 'shards' or 'pairs'.`,
      );
  }
}
