import type { AugmentOptions } from '../augment.js';
import { DatasetError, type OnBadFrame, type SkippedFile } from '../dataset-error.js';
import type { Frame } from '../frame.js';
import { checkSeed, hash, seededRandom, shuffled } from '../random.js';
import type { DecoderPool } from './decoder-pool.js';

export interface BatchOptions {
  /** Frames in a batch. */
  batchSize: number;
  /** Which frames, by id. @default all of the data set */
  ids?: readonly string[];
  /** Whether each epoch has an order of its own. @default false: the order of `ids` */
  shuffle?: boolean;
  /** Decides the order and the augmentation. @default 0 */
  seed?: number;
  /** How many epochs to give out. @default 1 */
  epochs?: number;
  /** Whether to leave out a last batch that is not full. @default false */
  dropLast?: boolean;
  /** How frames are varied; see `augment`. @default they are not */
  augmentation?: AugmentOptions;
  /** How many batches are decoded while one is used. Each takes memory: 2.5 MB for a frame of 640 by 480. @default 1 */
  prefetch?: number;
  /** Threads that decode. With 0 this one does. @default 1 */
  workers?: number;
  /** @default what `openNyu` was given */
  onBadFrame?: OnBadFrame;
  /** Where to go on: the cursor of the last batch that was used. Its seed and epoch take the place of `seed`. */
  cursor?: BatchCursor;
}

/** A place between two batches. Plain data: save it as JSON with a checkpoint. */
export interface BatchCursor {
  seed: number;
  epoch: number;
  /** How many of the epoch's frames lie before it, bad ones included. */
  position: number;
  /** What the ids and the order were, so that a cursor is not used on others. */
  fingerprint: number;
}

export interface Batch {
  frames: Frame[];
  epoch: number;
  /** The place after this batch. */
  cursor: BatchCursor;
}

/** @internal What a data set gives its batches. */
export interface BatchSource {
  ids: readonly string[];
  /** The ids' positions in the data set's index. */
  positions: readonly number[];
  decoder(workers: number): DecoderPool;
  onBadFrame: OnBadFrame;
}

/**
 * The frames of a data set in batches, decoded ahead. An async iterable: each `for await` begins at the cursor it was made with.
 *
 * What it gives depends on ids, seed, epoch and options alone: not on the number of workers, on which of them was faster, or on whether the run was
 * interrupted. A frame's augmentation follows from seed, epoch and the frame's id.
 */
export class Batches implements AsyncIterable<Batch> {
  /** Frames that were left out so far, and why. */
  readonly skipped: SkippedFile[] = [];
  readonly #source: BatchSource;
  readonly #options: Required<Omit<BatchOptions, 'ids' | 'augmentation' | 'cursor'>> &
    Pick<BatchOptions, 'augmentation'>;
  readonly #start: BatchCursor;

  /** @internal */
  constructor(source: BatchSource, options: BatchOptions) {
    this.#source = source;
    this.#options = {
      batchSize: whole('batchSize', options.batchSize, 1),
      shuffle: options.shuffle ?? false,
      seed: options.cursor?.seed ?? options.seed ?? 0,
      epochs: whole('epochs', options.epochs ?? 1, 1),
      dropLast: options.dropLast ?? false,
      prefetch: whole('prefetch', options.prefetch ?? 1, 0),
      workers: whole('workers', options.workers ?? 1, 0),
      onBadFrame: options.onBadFrame ?? source.onBadFrame,
      augmentation: options.augmentation,
    };
    checkSeed(this.#options.seed);
    if (source.ids.length === 0) throw new RangeError('ids names no frame: give at least one, or leave it out.');
    const fingerprint = hash([this.#options.shuffle, ...source.ids].join('\n'));
    this.#start = options.cursor ?? { seed: this.#options.seed, epoch: 0, position: 0, fingerprint };
    checkCursor(this.#start, fingerprint, source.ids.length);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const { epochs } = this.#options;
    const { epoch: first, position } = this.#start;
    for (let epoch = first; epoch < first + epochs; epoch++) {
      yield* this.#epoch(epoch, epoch === first ? position : 0);
    }
  }

  async *#epoch(epoch: number, start: number): AsyncGenerator<Batch, void, undefined> {
    const { batchSize, prefetch, dropLast, workers, onBadFrame, seed } = this.#options;
    const { ids } = this.#source;
    const decoder = this.#source.decoder(workers);
    const order = this.#order(epoch);
    const ahead: { id: string; frame: Promise<Frame | Error> }[] = [];
    let requested = start;
    let position = start;
    let frames: Frame[] = [];
    const request = () => {
      const limit = prefetch === 0 ? batchSize - frames.length : batchSize * prefetch;
      while (requested < order.length && ahead.length < limit) {
        const chosen = order[requested++]!;
        const id = ids[chosen]!;
        const task = { position: this.#source.positions[chosen]!, ...this.#augmentation(epoch, id) };
        // A failure is kept as a value: nobody may be waiting for it yet.
        ahead.push({ id, frame: decoder.decode(task).catch((error: Error) => error) });
      }
    };
    const batch = (): Batch => {
      const isEnd = position === order.length;
      const place = isEnd ? { epoch: epoch + 1, position: 0 } : { epoch, position };
      const given = { frames, epoch, cursor: { seed, ...place, fingerprint: this.#start.fingerprint } };
      frames = [];
      return given;
    };
    for (request(); ahead.length > 0; request()) {
      const { id, frame } = ahead.shift()!;
      const decoded = await frame;
      position++;
      if (decoded instanceof Error) {
        // Only a file's fault is the frame's: that a thread ended, or an option is wrong, is told whatever onBadFrame says.
        if (onBadFrame === 'throw' || !(decoded instanceof DatasetError)) throw decoded;
        this.skipped.push({ file: decoded.file, frame: id, problem: decoded.problem });
      } else {
        frames.push(decoded);
      }
      if (frames.length === batchSize) {
        // Before the batch goes out: while it is used, the next ones are decoded.
        if (prefetch > 0) request();
        yield batch();
      }
    }
    if (frames.length > 0 && !dropLast) yield batch();
  }

  #order(epoch: number): number[] {
    const order = this.#source.ids.map((_, index) => index);
    return this.#options.shuffle ? shuffled(order, seededRandom('order', this.#options.seed, epoch)) : order;
  }

  #augmentation(epoch: number, id: string) {
    const { augmentation: options, seed } = this.#options;
    return options ? { augmentation: { options, keys: ['augmentation', seed, epoch, id] } } : {};
  }
}

function checkCursor(cursor: BatchCursor, fingerprint: number, frames: number): void {
  const { epoch, position } = cursor;
  if (![epoch, position].every((value) => Number.isSafeInteger(value) && value >= 0) || position > frames) {
    throw new RangeError(`The cursor ${JSON.stringify(cursor)} is none: give back one that came with a batch.`);
  }
  if (cursor.fingerprint !== fingerprint) {
    throw new RangeError(
      'The cursor belongs to other frames or another order: give the same ids and shuffle as when it was made.',
    );
  }
}

function whole(name: string, value: number, from: number): number {
  if (!Number.isSafeInteger(value) || value < from)
    throw new RangeError(`${name} must be a whole number from ${from}, got ${value}.`);
  return value;
}
