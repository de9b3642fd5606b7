import type { SkippedFile } from '../dataset-error.js';
import type { Frame, FrameInfo } from '../frame.js';
import { type LabeledIndex, openLabeled } from './labeled.js';
import { type ListsIndex, openLists } from './lists.js';
import { openPairs, type PairsIndex } from './pairs.js';
import { openRawDump, type RawDumpIndex } from './raw-dump.js';
import { openShards, type ShardsIndex } from './shards.js';

/** The forms in which the data set is published, and one for a user's own. */
export type Format = 'labeled' | 'raw-dump' | 'lists' | 'shards' | 'pairs';

/**
 * What opening a data set finds out: its frames, and all that is needed to read them. Plain data, so a worker can read
 * from it without looking through the files again.
 */
export type SourceIndex = LabeledIndex | RawDumpIndex | ListsIndex | ShardsIndex | PairsIndex;

export interface IndexBase {
  format: Format;
  frames: FrameInfo[];
  /** What was left out while opening. */
  skipped: SkippedFile[];
}

/** Reads frames by their position in the index. */
export interface FrameReader {
  read(position: number): Promise<Frame>;
  close(): Promise<void>;
}

export function openReader(index: SourceIndex): Promise<FrameReader> {
  switch (index.format) {
    case 'labeled':
      return openLabeled(index);
    case 'raw-dump':
      return openRawDump(index);
    case 'lists':
      return openLists(index);
    case 'shards':
      return openShards(index);
    case 'pairs':
      return openPairs(index);
  }
}
