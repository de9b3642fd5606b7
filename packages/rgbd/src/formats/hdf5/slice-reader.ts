import { closeSync, openSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import type { Dataset } from 'h5wasm/node';
import { DatasetError } from '../../errors.js';
import { type Chunk, type ChunkIndex, indexChunks } from './chunk-index.js';
import { bytesOf } from './hdf5-writer.js';
import { readAt } from './object-header.js';
import { type Hdf5File, openHdf5 } from './open-hdf5.js';

/** The bytes of one index of the first axis, in row order. */
interface Slice {
  bytes: Uint8Array;
  /** Whether they are the caller's to keep, and fill their buffer; else they hold until the next read. */
  isOwned: boolean;
}

/** Reads one index of a dataset's first axis after another. */
interface SliceReader {
  /**
   * @param index 0 to the first axis's length less 1.
   * @throws Error if the file is damaged there.
   */
  read(index: number): Slice;
  close(): void;
}

/** What is needed to read slices. Plain data: it can go to a worker, which then does not even load the library, 50 MB of memory. */
export interface SlicePlan {
  path: string;
  dataset: string;
  /** Of the dataset, along each axis. */
  shape: number[];
  elementBytes: number;
  /** Where the chunks are, if they all could be found; else the library reads. */
  chunks?: ChunkIndex;
}

export function planSlices(file: Hdf5File, name: string, dataset: Dataset): SlicePlan {
  const { shape, size } = dataset.metadata;
  const plan = { path: file.path, dataset: name, shape: shape!, elementBytes: size };
  const descriptor = openSync(file.path, 'r');
  try {
    const chunks = indexChunks(descriptor, file.library, dataset);
    const isUsable = chunks && product(chunks.shape) * size <= LARGEST_CHUNK && isWhole(chunks, shape!);
    return isUsable ? { ...plan, chunks } : plan;
  } finally {
    closeSync(descriptor);
  }
}

/** A chunk is unpacked whole: one with hundreds of frames is better left to the library. */
const LARGEST_CHUNK = 256 * 2 ** 20;

/** Chunks that were never written have the dataset's fill value, which the library knows. */
function isWhole({ shape, rows }: ChunkIndex, axes: readonly number[]): boolean {
  const [count, ...others] = axes.map((size, axis) => Math.ceil(size / shape[axis]!));
  return rows.size === count && [...rows.values()].every((chunks) => chunks.length === product(others));
}

export async function openSlices(plan: SlicePlan): Promise<SliceReader> {
  if (plan.chunks) return new ChunkSlices(plan, plan.chunks);
  const file = await openHdf5(plan.path);
  const dataset = file.dataset(plan.dataset, plan.shape.length);
  return {
    read: (index) => ({ bytes: bytesOf(dataset.slice([[index, index + 1]]) as Float32Array), isOwned: true }),
    close: () => file.close(),
  };
}

class ChunkSlices implements SliceReader {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #index: ChunkIndex;
  /** Sizes of a slice. */
  readonly #axes: number[];
  readonly #elementBytes: number;
  readonly #result: Uint8Array;

  constructor({ path, shape, elementBytes }: SlicePlan, index: ChunkIndex) {
    this.#path = path;
    this.#descriptor = openSync(path, 'r');
    this.#index = index;
    this.#axes = shape.slice(1);
    this.#elementBytes = elementBytes;
    this.#result = new Uint8Array(product(this.#axes) * elementBytes);
  }

  read(index: number): Slice {
    const { shape, rows } = this.#index;
    const chunks = rows.get(Math.floor(index / shape[0]!))!;
    for (const chunk of chunks) {
      const content = this.#unpack(chunk);
      const bytesOfSlice = product(shape.slice(1)) * this.#elementBytes;
      const start = (index - chunk.offsets[0]!) * bytesOfSlice;
      const part = content.subarray(start, start + bytesOfSlice);
      if (chunks.length === 1 && part.length === this.#result.length) {
        const isOwned = part.byteOffset === 0 && part.buffer.byteLength === part.length;
        return { bytes: part, isOwned };
      }
      this.#place(part, chunk);
    }
    return { bytes: this.#result, isOwned: false };
  }

  #unpack({ position, bytes, isPlain }: Chunk): Uint8Array {
    const length = product(this.#index.shape) * this.#elementBytes;
    // Deflate makes what it can't compress longer by less than a hundredth; no memory is allocated for a damaged index.
    if (bytes > length * 1.01 + 1024) throw this.#damaged(position, `it claims ${bytes} bytes for ${length}`);
    const packed = readAt(this.#descriptor, position, bytes);
    if (!packed) throw this.#damaged(position, 'the file ends within it');
    let content: Uint8Array = packed;
    if (this.#index.isDeflated && !isPlain) {
      try {
        content = inflateSync(packed, { chunkSize: Math.max(64, length), maxOutputLength: length });
      } catch (error) {
        throw this.#damaged(position, (error as Error).message);
      }
    }
    if (content.length !== length) throw this.#damaged(position, `it has ${content.length} of ${length} bytes`);
    return content;
  }

  #damaged(position: number, problem: string): DatasetError {
    return new DatasetError(`The chunk at byte ${position} can't be unpacked: ${problem}.`, { file: this.#path });
  }

  /** Copies a chunk's part of the slice to where it belongs, row by row; what reaches beyond the edge is left out. */
  #place(part: Uint8Array, { offsets }: Chunk): void {
    const [axes, sizes, bytes] = [this.#axes, this.#index.shape.slice(1), this.#elementBytes];
    const last = axes.length - 1;
    const copied = Math.min(sizes[last]!, axes[last]! - offsets[last + 1]!) * bytes;
    const position = sizes.map(() => 0);
    for (let from = 0; from < part.length; from += sizes[last]! * bytes) {
      const isInside = position.every((at, axis) => offsets[axis + 1]! + at < axes[axis]!);
      if (isInside) {
        const to = position.reduce((sum, at, axis) => sum * axes[axis]! + offsets[axis + 1]! + at, 0) * bytes;
        this.#result.set(part.subarray(from, from + copied), to);
      }
      for (let axis = last - 1; axis >= 0 && ++position[axis]! === sizes[axis]; axis--) position[axis] = 0;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
