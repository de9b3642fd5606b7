import {
  type FrameReader,
  type ImageFolderIndex,
  type ImageFolderLayout,
  indexImageFolder,
  type OnBadFrame,
  readImageFolder,
  type SourceIndex,
} from '@llm-mde/rgbd';
import { type FrameListSource, indexLists, type ListsIndex, openLists } from './bts-lists.js';
import { indexShards, openShards, type ShardsIndex } from './fast-depth.js';
import { indexLabeled, type LabeledIndex, openLabeled } from './labeled.js';
import { indexRawDump, openRawDump, type RawDumpIndex } from './raw-dump/raw-dump.js';

export interface OpenOptions {
  /** The format that the data set is in. @default detected from the files */
  format?: Format;
  /**
   * What to do with a file that is broken or missing, while opening, and in `loader` unless it says otherwise: throw an error that names
   * file and frame, or skip and count it. @default 'throw'
   */
  onBadFrame?: OnBadFrame;
  /**
   * Labeled file and raw dump: depth as projected (`raw`), or with missing depth filled (`filled`). Evaluators use the first.
   * @default 'raw'
   */
  depth?: 'raw' | 'filled';
  /** Labeled file: path of `splits.mat`. @default the one beside it, if there is one */
  splits?: string;
  /** Raw dump: the names of the training scenes, or the path of a text file with one per line. @default none: frames have no split */
  trainScenes?: readonly string[] | string;
  /** Raw dump: take every n-th depth image of a scene. BTS took every 7th. @default 1 */
  frameStride?: number;
  /** Lists: the list files, and the folders that their paths are relative to. @default `*train*.txt` and `*test*.txt` in the folder */
  lists?: { train?: string | FrameListSource; test?: string | FrameListSource };
  /** The layout of a folder of images and depth maps. */
  pairs?: ImageFolderLayout;
}

type Options = OpenOptions & { onBadFrame: OnBadFrame };

/** How each format is listed and read. */
export const FORMATS = {
  labeled: {
    index: (path: string, { depth = 'raw', splits }: Options) => indexLabeled(path, { depth, splits }),
    open: openLabeled,
  },
  'raw-dump': {
    index: (path: string, { onBadFrame, depth = 'raw', frameStride = 1, trainScenes }: Options) =>
      indexRawDump(path, { onBadFrame, depth, frameStride, trainScenes }),
    open: openRawDump,
  },
  lists: {
    index: (path: string, { onBadFrame, lists }: Options) => indexLists(path, { onBadFrame, ...lists }),
    open: openLists,
  },
  shards: { index: (path: string, { onBadFrame }: Options) => indexShards(path, { onBadFrame }), open: openShards },
  pairs: {
    index: (path: string, { onBadFrame, pairs }: Options) => indexImageFolder(path, { onBadFrame, ...pairs }),
    open: readImageFolder,
  },
};

/** The formats in which the data set is published, and `pairs`, a folder of images and depth maps. */
export type Format = keyof typeof FORMATS;

export type NyuIndex = LabeledIndex | RawDumpIndex | ListsIndex | ShardsIndex | ImageFolderIndex;

export function openReader(index: NyuIndex): Promise<FrameReader> {
  return (FORMATS[index.format as Format].open as (index: SourceIndex) => Promise<FrameReader>)(index);
}
