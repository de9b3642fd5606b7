import { DatasetError, type OnBadFrame, type SkippedFile } from '../errors.js';
import { checkSeed, hash, seededRandom, shuffled } from '../random.js';
import type { Frame } from '../types.js';
import type { AugmentationOptions, DecodeTask } from './decode.js';
import type { WorkerPool } from './worker-pool.js';

export interface DataLoaderOptions {
  /** Frames per batch. */
  batchSize: number;
  /** Which frames, by id. @default all of the data set */
  ids?: readonly string[];
  /** Whether to shuffle the frames anew in each epoch. @default false: the order of `ids` */
  shuffle?: boolean;
  /** Seed of the order and of the augmentation. @default 0 */
  seed?: number;
  /** How many epochs to iterate over. @default 1 */
  epochs?: number;
  /** Whether to drop the last batch of an epoch if it is not full. @default false */
  dropLast?: boolean;
  /** Data augmentation; see `augment` and `varyPhotometrically`. @default none */
  augmentation?: AugmentationOptions;
  /** Longer side of a frame in pixels: larger ones are reduced to it before they are augmented. @default as they are */
  maxSize?: number;
  /** How many augmented variants of each frame there are: epoch e has variant e mod `variants`. @default a new one in each epoch */
  variants?: number;
  /** How many batches are decoded ahead while one is used. Each takes memory: 2.5 MB for a frame of 640 by 480. @default 1 */
  prefetchFactor?: number;
  /** Worker threads that decode; with 0 the calling thread does. @default 1 */
  numWorkers?: number;
  /** What to do with a frame that can't be read. @default what the data set was opened with */
  onBadFrame?: OnBadFrame;
  /** Where to resume: the state of the last batch that was used. Its seed and epoch take the place of `seed`. */
  state?: DataLoaderState;
}

/** A position between two batches. Plain data: save it as JSON with a checkpoint. */
export interface DataLoaderState {
  seed: number;
  epoch: number;
  /** How many of the epoch's frames come before it, skipped ones included. */
  position: number;
  /** Hash of ids and `shuffle`, so that a state is not used with others. */
  fingerprint: number;
}

export interface Batch {
  frames: Frame[];
  epoch: number;
  /** The position after this batch. */
  state: DataLoaderState;
}

/** @internal What a data set gives its batches. */
export interface LoaderSource {
  frames: readonly Pick<DecodeTask, 'id' | 'position'>[];
  pool(size: number): WorkerPool<DecodeTask, Frame>;
  onBadFrame: OnBadFrame;
}

/**
 * The frames of a data set in batches, decoded ahead. An async iterable: each `for await` starts at the state it was made with.
 *
 * Its batches depend on ids, seed, epoch and options alone: not on the number of workers, on which of them was faster, or on whether the run
 * was interrupted. A frame's augmentation is seeded by seed, epoch (or variant) and the frame's id.
 */
export class DataLoader implements AsyncIterable<Batch> {
  /** Frames that were skipped so far, and why. */
  readonly skipped: SkippedFile[] = [];
  readonly #source: LoaderSource;
  readonly #options: Required<Omit<DataLoaderOptions, 'ids' | 'augmentation' | 'maxSize' | 'variants' | 'state'>> &
    Pick<DataLoaderOptions, 'augmentation' | 'maxSize' | 'variants'>;
  readonly #start: DataLoaderState;

  /** @internal */
  constructor(source: LoaderSource, options: DataLoaderOptions) {
    this.#source = source;
    this.#options = {
      batchSize: whole('batchSize', options.batchSize, 1),
      shuffle: options.shuffle ?? false,
      seed: options.state?.seed ?? options.seed ?? 0,
      epochs: whole('epochs', options.epochs ?? 1, 1),
      dropLast: options.dropLast ?? false,
      prefetchFactor: whole('prefetchFactor', options.prefetchFactor ?? 1, 0),
      numWorkers: whole('numWorkers', options.numWorkers ?? 1, 0),
      onBadFrame: options.onBadFrame ?? source.onBadFrame,
      augmentation: options.augmentation,
      ...(options.maxSize !== undefined && { maxSize: whole('maxSize', options.maxSize, 1) }),
      ...(options.variants !== undefined && { variants: whole('variants', options.variants, 1) }),
    };
    checkSeed(this.#options.seed);
    if (source.frames.length === 0) throw new RangeError('ids is empty: pass at least one frame id, or omit it.');
    const fingerprint = hash([this.#options.shuffle, ...source.frames.map(({ id }) => id)].join('\n'));
    this.#start = options.state ?? { seed: this.#options.seed, epoch: 0, position: 0, fingerprint };
    checkState(this.#start, fingerprint, source.frames.length);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const { epochs } = this.#options;
    const { epoch: first, position } = this.#start;
    for (let epoch = first; epoch < first + epochs; epoch++) {
      yield* this.#epoch(epoch, epoch === first ? position : 0);
    }
  }

  async *#epoch(epoch: number, start: number): AsyncGenerator<Batch, void, undefined> {
    const { batchSize, prefetchFactor, dropLast, numWorkers, onBadFrame, seed } = this.#options;
    const pool = this.#source.pool(numWorkers);
    const order = this.#order(epoch);
    const ahead: { id: string; frame: Promise<Frame | Error> }[] = [];
    let requested = start;
    let position = start;
    let frames: Frame[] = [];
    const request = () => {
      const limit = prefetchFactor === 0 ? batchSize - frames.length : batchSize * prefetchFactor;
      while (requested < order.length && ahead.length < limit) {
        const frame = this.#source.frames[order[requested++]!]!;
        const task = { ...frame, maxSize: this.#options.maxSize, ...this.#augmentation(epoch, frame.id) };
        // A failure is kept as a value: nobody may be waiting for it yet.
        ahead.push({ id: frame.id, frame: pool.run(task).catch((error: Error) => error) });
      }
    };
    const batch = (): Batch => {
      const isEnd = position === order.length;
      const place = isEnd ? { epoch: epoch + 1, position: 0 } : { epoch, position };
      const given = { frames, epoch, state: { seed, ...place, fingerprint: this.#start.fingerprint } };
      frames = [];
      return given;
    };
    for (request(); ahead.length > 0; request()) {
      const { id, frame } = ahead.shift()!;
      const decoded = await frame;
      position++;
      if (decoded instanceof Error) {
        // Only a broken file is skipped: a thread that ended, or a wrong option, is an error whatever onBadFrame says.
        if (onBadFrame === 'throw' || !(decoded instanceof DatasetError)) throw decoded;
        this.skipped.push({ file: decoded.file, frame: id, problem: decoded.problem });
      } else {
        frames.push(decoded);
      }
      if (frames.length === batchSize) {
        // Before the batch goes out: while it is used, the next ones are decoded.
        if (prefetchFactor > 0) request();
        yield batch();
      }
    }
    if (frames.length > 0 && !dropLast) yield batch();
  }

  #order(epoch: number): number[] {
    const order = [...this.#source.frames.keys()];
    return this.#options.shuffle ? shuffled(order, seededRandom('order', this.#options.seed, epoch)) : order;
  }

  #augmentation(epoch: number, id: string) {
    const { augmentation: options, variants = Number.POSITIVE_INFINITY, seed } = this.#options;
    return options ? { augmentation: { options, keys: ['augmentation', seed, epoch % variants, id] } } : {};
  }
}

function checkState(state: DataLoaderState, fingerprint: number, frames: number): void {
  const { epoch, position } = state;
  if (![epoch, position].every((value) => Number.isSafeInteger(value) && value >= 0) || position > frames) {
    throw new RangeError(`${JSON.stringify(state)} is not a state of a data loader: pass one that came with a batch.`);
  }
  if (state.fingerprint !== fingerprint) {
    throw new RangeError(
      'The state belongs to other frames or another order: pass the same ids and shuffle as when it was saved.',
    );
  }
}

function whole(name: string, value: number, from: number): number {
  if (!Number.isSafeInteger(value) || value < from)
    throw new RangeError(`${name} must be ${from === 0 ? 'a non-negative' : 'a positive'} integer, got ${value}.`);
  return value;
}
