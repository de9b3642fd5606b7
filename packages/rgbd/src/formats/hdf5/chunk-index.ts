import type { Dataset } from 'h5wasm/node';
import { findBase, LAYOUTS, MESSAGES, readAt, readHeader } from './object-header.js';
import type { Hdf5Library } from './open-hdf5.js';

/** Where a dataset's chunks lie in its file. */
export interface ChunkIndex {
  /** A chunk's size along each axis. */
  shape: number[];
  /** Whether chunks are compressed with deflate. */
  isDeflated: boolean;
  /** The chunks by their place along the first axis, counted in chunks. */
  rows: Map<number, Chunk[]>;
}

export interface Chunk {
  /** Of the chunk's first element, along each axis. */
  offsets: number[];
  position: number;
  bytes: number;
  /** Whether this one was not compressed though the others are. */
  isPlain: boolean;
}

/**
 * Lists a dataset's chunks. The library unpacks them in WebAssembly, Node's own zlib in half the time; but it tells nobody where they are.
 *
 * Read are the structures that MATLAB and h5py write by default: a layout of version 3, a B-tree of version 1, deflate or no filter.
 *
 * @returns undefined for anything else, which the library has to read.
 */
export function indexChunks(descriptor: number, library: Hdf5Library, dataset: Dataset): ChunkIndex | undefined {
  const reference = library.create_object_reference(dataset.file_id, dataset.path);
  const base = findBase(descriptor);
  const messages = readHeader(descriptor, base, Number(Buffer.from(reference).readBigUInt64LE()));
  const layout = messages?.get(MESSAGES.layout);
  const rank = dataset.shape!.length;
  if (!messages || !layout || layout[0] !== 3 || layout[1] !== LAYOUTS.chunked || layout[2] !== rank + 1)
    return undefined;
  const isDeflated = readFilters(messages.get(MESSAGES.filters));
  const tree = layout.readBigUInt64LE(3);
  if (isDeflated === undefined || tree === NOWHERE) return undefined;
  const shape = Array.from({ length: rank }, (_, axis) => layout.readUInt32LE(11 + 4 * axis));
  const chunks: Chunk[] = [];
  if (!collect({ descriptor, base, rank }, Number(tree), chunks)) return undefined;
  const rows = new Map<number, Chunk[]>();
  for (const chunk of chunks) {
    const row = chunk.offsets[0]! / shape[0]!;
    const others = rows.get(row);
    if (others) others.push(chunk);
    else rows.set(row, [chunk]);
  }
  return { shape, isDeflated, rows };
}

const NOWHERE = 2n ** 64n - 1n;

const DEFLATE = 1;

/** @returns whether the one filter is deflate; undefined for any other. */
function readFilters(message: Buffer | undefined): boolean | undefined {
  if (!message) return false;
  const [version, count] = [message[0], message[1]];
  if (version !== 1) return undefined;
  if (count === 0) return false;
  return count === 1 && message.readUInt16LE(8) === DEFLATE ? true : undefined;
}

interface Place {
  descriptor: number;
  base: number;
  rank: number;
}

/** A tree of chunks has few levels; one with more is damaged, and may have a circle. */
const DEEPEST = 16;

/** Adds the chunks below a node. @returns whether all of it could be read. */
function collect(place: Place, address: number, chunks: Chunk[], depth = 0): boolean {
  const { descriptor, base, rank } = place;
  const head = readAt(descriptor, base + address, 24);
  if (!head || depth > DEEPEST || head.toString('latin1', 0, 4) !== 'TREE' || head[4] !== 1) return false;
  const [level, count] = [head[5]!, head.readUInt16LE(6)];
  const keyBytes = 8 + 8 * (rank + 1);
  const entries = readAt(descriptor, base + address + 24, count * (keyBytes + 8));
  if (!entries) return false;
  for (let entry = 0; entry < count; entry++) {
    const at = entry * (keyBytes + 8);
    const child = Number(entries.readBigUInt64LE(at + keyBytes));
    if (level > 0) {
      if (!collect(place, child, chunks, depth + 1)) return false;
      continue;
    }
    const offsets = Array.from({ length: rank }, (_, axis) => Number(entries.readBigUInt64LE(at + 8 + 8 * axis)));
    const isPlain = (entries.readUInt32LE(at + 4) & 1) === 1;
    chunks.push({ offsets, position: base + child, bytes: entries.readUInt32LE(at), isPlain });
  }
  return true;
}
