import type { DescribedLayout } from './dataset/layout.js';
import { missingFiles } from './dataset/missing-files.js';
import type { FrameReader, IndexReader, SourceIndex } from './dataset/source.js';
import { type SplitOptions, type Splits, splitFrames } from './dataset/splits.js';
import { DatasetError, NO_SUCH_FILE, type OnBadFrame, type SkippedFile } from './errors.js';
import { DataLoader, type DataLoaderOptions } from './loader/data-loader.js';
import { type DecodeTask, startDecoding } from './loader/decode.js';
import { WorkerPool } from './loader/worker-pool.js';
import type { Frame, FrameInfo } from './types.js';

/** An open data set of images with depth. */
export class RgbdDataset {
  readonly format: string;
  /** All frames, in an order that is the same on every machine. */
  readonly frames: readonly FrameInfo[];
  /** What was skipped while opening, and why. */
  readonly skipped: readonly SkippedFile[];
  /** Of a folder of images and depth maps: how they were found and are read. */
  readonly layout: DescribedLayout | undefined;
  /** What it was opened with. */
  readonly onBadFrame: OnBadFrame;
  readonly #index: SourceIndex;
  readonly #reader: { open(index: SourceIndex): Promise<FrameReader>; module: URL };
  readonly #positions: ReadonlyMap<string, number>;
  /** By their number of threads. */
  readonly #pools = new Map<number, WorkerPool<DecodeTask, Frame>>();

  /**
   * @param path the data set's, for the error.
   * @throws DatasetError if the index has no frame.
   */
  constructor(path: string, index: SourceIndex, reader: IndexReader<never>, onBadFrame: OnBadFrame) {
    const { frames, skipped } = index;
    if (frames.length === 0) {
      const first = skipped.find(({ problem }) => problem === NO_SUCH_FILE) ?? skipped[0];
      const reason = first ? ` ${skipped.length} were skipped, one of them: ${first.file}: ${first.problem}` : '';
      throw new DatasetError(`No frames found.${reason}`, { file: path });
    }
    this.format = index.format;
    this.frames = frames;
    this.skipped = skipped;
    this.layout = index.layout;
    this.#index = index;
    this.#reader = reader as IndexReader;
    this.onBadFrame = onBadFrame;
    this.#positions = new Map(frames.map(({ id }, position) => [id, position]));
  }

  /** The names of all scenes, sorted. */
  get scenes(): string[] {
    return [...new Set(this.frames.map(({ scene }) => scene))].sort();
  }

  /** All scene types, sorted. */
  get sceneTypes(): string[] {
    return [...new Set(this.frames.map(({ sceneType }) => sceneType))].sort();
  }

  /** What is known of a frame without reading it. @throws RangeError if there is no frame with this id. */
  frame(id: string): FrameInfo {
    return this.frames[this.#position(id)]!;
  }

  /**
   * Reads one frame, in this thread.
   *
   * @throws RangeError if there is no frame with this id; DatasetError if a file of it is missing or broken.
   */
  async read(id: string): Promise<Frame> {
    return this.#pool(0).run({ id, position: this.#position(id) });
  }

  /**
   * The frames whose image or depth map is not there, where a list names the files. They are looked for and not read.
   *
   * @param ids which frames. @default all
   * @throws RangeError if an id is unknown.
   */
  async missing(ids: readonly string[] = this.frames.map(({ id }) => id)): Promise<{ frame: string; file: string }[]> {
    const { files } = this.#index;
    const missing = files ? await missingFiles(ids.map((id) => files[this.#position(id)]!)) : [];
    return missing.flatMap((file, index) => (file === undefined ? [] : [{ frame: ids[index]!, file }]));
  }

  /** The frames' ids by the published split, optionally with validation scenes held out of training. See {@link splitFrames}. */
  split(options?: SplitOptions): Splits {
    return splitFrames(this.#index, options);
  }

  /**
   * Frames in batches, decoded ahead in worker threads. See {@link DataLoader}.
   *
   * @throws RangeError if an option is out of range, an id is unknown, or the state belongs to other frames.
   */
  loader(options: DataLoaderOptions): DataLoader {
    const ids = options.ids ?? this.frames.map(({ id }) => id);
    const frames = ids.map((id) => ({ id, position: this.#position(id) }));
    return new DataLoader({ frames, pool: (size) => this.#pool(size), onBadFrame: this.onBadFrame }, options);
  }

  /** Closes files and ends the worker threads. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.close()));
  }

  #pool(size: number): WorkerPool<DecodeTask, Frame> {
    const { open, module } = this.#reader;
    const start = () => startDecoding(open(this.#index));
    const pool = this.#pools.get(size) ?? new WorkerPool({ size, start, module, data: this.#index });
    this.#pools.set(size, pool);
    return pool;
  }

  #position(id: string): number {
    const position = this.#positions.get(id);
    if (position === undefined) {
      throw new RangeError(
        `There is no frame "${id}" among the ${this.frames.length} of this data set; the first is "${this.frames[0]!.id}".`,
      );
    }
    return position;
  }
}
