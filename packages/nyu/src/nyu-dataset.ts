import { Batches, type BatchOptions } from './batches/batches.js';
import { DecoderPool } from './batches/decoder-pool.js';
import type { OnBadFrame, SkippedFile } from './dataset-error.js';
import type { Frame, FrameInfo } from './frame.js';
import { type Format, type FrameReader, openReader, type SourceIndex } from './sources/source.js';
import { type Split, type SplitName, type SplitOptions, splitFrames } from './split.js';

/** An open data set. Made by `openNyu`. */
export class NyuDataset {
  readonly format: Format;
  /** All frames, in an order that is the same on every machine. */
  readonly frames: readonly FrameInfo[];
  /** What was left out while opening, and why. */
  readonly skipped: readonly SkippedFile[];
  readonly #index: SourceIndex;
  readonly #onBadFrame: OnBadFrame;
  readonly #positions: ReadonlyMap<string, number>;
  readonly #pools = new Map<number, DecoderPool>();
  #reader: Promise<FrameReader> | undefined;

  /** @internal */
  constructor(index: SourceIndex, onBadFrame: OnBadFrame) {
    this.format = index.format;
    this.frames = index.frames;
    this.skipped = index.skipped;
    this.#index = index;
    this.#onBadFrame = onBadFrame;
    this.#positions = new Map(index.frames.map(({ id }, position) => [id, position]));
  }

  /** The names of all scenes, sorted. */
  get scenes(): string[] {
    return [...new Set(this.frames.map(({ scene }) => scene))].sort();
  }

  /** All scene types, sorted. */
  get sceneTypes(): string[] {
    return [...new Set(this.frames.map(({ sceneType }) => sceneType))].sort();
  }

  /** What is known of a frame without reading it. @throws RangeError if there is none of that id. */
  frame(id: string): FrameInfo {
    return this.frames[this.#position(id)]!;
  }

  /**
   * Reads one frame, in this thread.
   *
   * @throws RangeError if there is none of that id; DatasetError if a file of it is missing or broken.
   */
  async read(id: string): Promise<Frame> {
    const position = this.#position(id);
    this.#reader ??= openReader(this.#index);
    return (await this.#reader).read(position);
  }

  /** The frames' ids by the published split, with validation held out of training if asked for. See {@link splitFrames}. */
  split(name: SplitName, options?: SplitOptions): Split {
    return splitFrames(this.frames, this.format, name, options);
  }

  /**
   * Frames in batches, decoded ahead in worker threads. See {@link Batches}.
   *
   * @throws RangeError if an option is out of range, an id is unknown, or the cursor belongs to other frames.
   */
  batches(options: BatchOptions): Batches {
    const ids = options.ids ?? this.frames.map(({ id }) => id);
    return new Batches(
      {
        ids,
        positions: ids.map((id) => this.#position(id)),
        decoder: (workers) => this.#decoder(workers),
        onBadFrame: this.#onBadFrame,
      },
      options,
    );
  }

  /** Closes files and ends the worker threads. */
  async close(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.close()));
    await (await reader?.catch(() => undefined))?.close();
  }

  #decoder(workers: number): DecoderPool {
    const pool = this.#pools.get(workers) ?? new DecoderPool(this.#index, workers);
    this.#pools.set(workers, pool);
    return pool;
  }

  #position(id: string): number {
    const position = this.#positions.get(id);
    if (position === undefined) {
      throw new RangeError(
        `There is no frame "${id}" among the ${this.frames.length} of this data set; the first is "${this.frames[0]?.id}".`,
      );
    }
    return position;
  }
}
