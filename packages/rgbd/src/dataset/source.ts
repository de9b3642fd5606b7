import type { SkippedFile } from '../errors.js';
import type { Frame, FrameInfo } from '../types.js';
import type { DescribedLayout } from './layout.js';

/**
 * What opening a data set found: its frames, and all that is needed to read them. Plain data, so that a worker thread can read from it
 * without listing the files again. Each format adds what it needs.
 */
export interface SourceIndex {
  format: string;
  frames: FrameInfo[];
  /** What was skipped while opening. */
  skipped: SkippedFile[];
  /** The files of each frame, if they were named by a list and not found by looking. */
  files?: readonly FrameFiles[];
  /** How the files were found and are read, where that is described. */
  layout?: DescribedLayout;
  /** How to get a split, for the error where the frames have none. */
  splitHint: string;
}

/** Paths of a frame's image and depth map. */
export interface FrameFiles {
  image: string;
  depth: string;
}

/** Reads frames by their position in the index. */
export interface FrameReader {
  read(position: number): Promise<Frame>;
  close(): Promise<void>;
}

/** How an index is read, in this thread and in others. */
export interface IndexReader<Index extends SourceIndex = SourceIndex> {
  open(index: Index): Promise<FrameReader>;
  /** URL of a module that exports `start`, made of `open` by `startDecoding`: worker threads import it. */
  module: URL;
}
