import { deflateSync } from 'node:zlib';

// HDF5 as its first file format has it (superblock 0), which every library and MATLAB read. Written here and not with h5wasm, because a file of
// NYU's size (gigabytes) must be written frame by frame, while h5wasm takes a whole array at once and keeps the file in its memory, and
// because it can put no MATLAB header before the data. The format: "HDF5 File Format Specification Version 2.0".

/** Where the bytes go: a file, or memory. */
export interface ByteSink {
  write(bytes: Uint8Array, position: number): void;
}

export type Hdf5Type = 'uint8' | 'uint16' | 'int32' | 'float32' | 'reference';

const ITEM_BYTES: Record<Hdf5Type, number> = { uint8: 1, uint16: 2, int32: 4, float32: 4, reference: 8 };

/** Text is written as a string without terminator, a number as int32. */
export type Hdf5Attributes = Record<string, string | number>;

const UNDEFINED_ADDRESS = 0xffffffffffffffffn;
const SUPERBLOCK_BYTES = 96;
const GROUP_LEAF_K = 4;
const GROUP_INTERNAL_K = 16;
const CHUNK_K = 32;

interface Member {
  name: string;
  address: number;
}

/** An array that grows along its first axis, one chunk at a time. */
export interface GrowingDataset {
  /** Appends one item along the first axis. */
  append(bytes: Uint8Array): void;
  /** Writes the array's description; nothing can be appended afterwards. @returns its address, which is also what a reference to it holds. */
  close(): number;
}

/**
 * Writes an HDF5 file from front to back: data first, descriptions after, the header last. Little-endian. Keeps nothing but the places of
 * what it wrote.
 */
export class Hdf5Writer {
  private end: number;
  private readonly userBlockBytes: number;

  /** @param userBlock bytes before the HDF5 data, a power of two from 512 of them, or none. */
  constructor(
    private readonly sink: ByteSink,
    private readonly userBlock: Uint8Array = new Uint8Array(0),
  ) {
    this.userBlockBytes = userBlock.length;
    this.end = SUPERBLOCK_BYTES;
  }

  /** Writes a whole array at once. @returns its address. */
  dataset(type: Hdf5Type, shape: readonly number[], bytes: Uint8Array, attributes: Hdf5Attributes = {}): number {
    const address = this.put(bytes);
    const layout = message(0x08, concatenate([Uint8Array.of(3, 1), u64(address), u64(bytes.length)]));
    return this.describe(type, shape, [layout], attributes);
  }

  /** @param itemShape the shape without the first axis. @param compression level of zlib from 1 to 9, or 0 for none. */
  growingDataset(
    type: Hdf5Type,
    itemShape: readonly number[],
    compression: number,
    attributes: Hdf5Attributes = {},
  ): GrowingDataset {
    const chunks: { address: number; bytes: number }[] = [];
    return {
      append: (bytes) => {
        const stored = compression > 0 ? deflateSync(bytes, { level: compression }) : bytes;
        chunks.push({ address: this.put(stored), bytes: stored.length });
      },
      close: () => {
        const rank = itemShape.length + 1;
        const tree = this.chunkTree(chunks, rank);
        const sizes = [1, ...itemShape, ITEM_BYTES[type]];
        const messages = [message(0x08, concatenate([Uint8Array.of(3, 2, rank + 1), u64(tree), ...sizes.map(u32)]))];
        if (compression > 0) {
          const filter = [u16(1), u16(8), u16(1), u16(1), text('deflate\0'), u32(compression), u32(0)];
          messages.push(message(0x0b, concatenate([Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0), ...filter])));
        }
        return this.describe(type, [chunks.length, ...itemShape], messages, attributes);
      },
    };
  }

  /** Writes a group. @returns the address of its description, its tree and its heap. */
  group(members: readonly Member[], attributes: Hdf5Attributes = {}): { address: number; tree: number; heap: number } {
    // Names are compared byte by byte.
    const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : 1));
    const offsets: number[] = [];
    const names: Uint8Array[] = [new Uint8Array(8)];
    let heapBytes = 8;
    for (const { name } of sorted) {
      offsets.push(heapBytes);
      const bytes = padded(text(`${name}\0`));
      names.push(bytes);
      heapBytes += bytes.length;
    }
    const segment = this.put(concatenate(names));
    // "No free block" is written as offset 1.
    const heap = this.put(concatenate([text('HEAP'), new Uint8Array(4), u64(heapBytes), u64(1), u64(segment)]));
    const perLeaf = 2 * GROUP_LEAF_K;
    const leaves: { address: number; lastKey: number }[] = [];
    for (let from = 0; from < sorted.length || from === 0; from += perLeaf) {
      const inLeaf = sorted.slice(from, from + perLeaf);
      const entries = inLeaf.map(({ address }, index) =>
        concatenate([u64(offsets[from + index]!), u64(address), new Uint8Array(24)]),
      );
      const node = concatenate([text('SNOD'), Uint8Array.of(1, 0), u16(inLeaf.length), ...entries]);
      leaves.push({
        address: this.put(extended(node, 8 + perLeaf * 40)),
        lastKey: offsets[from + inLeaf.length - 1] ?? 0,
      });
    }
    const keys = [0, ...leaves.map(({ lastKey }) => lastKey)].map(u64);
    const tree = this.tree(
      0,
      GROUP_INTERNAL_K,
      8,
      keys,
      leaves.map(({ address }) => address),
    );
    const address = this.header([message(0x11, concatenate([u64(tree), u64(heap)])), ...attributeMessages(attributes)]);
    return { address, tree, heap };
  }

  /** Writes the root group and the header. */
  close(members: readonly Member[]): void {
    const { address, tree, heap } = this.group(members);
    const superblock = concatenate([
      Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a),
      Uint8Array.of(0, 0, 0, 0, 0, 8, 8, 0),
      u16(GROUP_LEAF_K),
      u16(GROUP_INTERNAL_K),
      u32(0),
      u64(this.userBlockBytes),
      u64(UNDEFINED_ADDRESS),
      // The only address that counts from the start of the file, user block included.
      u64(this.end + this.userBlockBytes),
      u64(UNDEFINED_ADDRESS),
      u64(0),
      u64(address),
      u32(1),
      u32(0),
      u64(tree),
      u64(heap),
    ]);
    this.sink.write(this.userBlock, 0);
    this.sink.write(superblock, this.userBlockBytes);
  }

  private describe(type: Hdf5Type, shape: readonly number[], rest: Uint8Array[], attributes: Hdf5Attributes): number {
    return this.header([
      message(0x01, dataspace(shape)),
      message(0x03, datatype(type)),
      // Fill value, version 2: space is allocated as it is written, no value is defined.
      message(0x05, Uint8Array.of(2, 2, 2, 0)),
      ...rest,
      ...attributeMessages(attributes),
    ]);
  }

  private header(messages: readonly Uint8Array[]): number {
    const body = concatenate(messages);
    return this.put(
      concatenate([Uint8Array.of(1, 0), u16(messages.length), u32(1), u32(body.length), new Uint8Array(4), body]),
    );
  }

  private chunkTree(chunks: readonly { address: number; bytes: number }[], rank: number): number {
    const key = (bytes: number, first: number) =>
      concatenate([u32(bytes), u32(0), u64(first), new Uint8Array(8 * rank)]);
    const keys = [...chunks.map(({ bytes }, index) => key(bytes, index)), key(0, chunks.length)];
    return this.tree(
      1,
      CHUNK_K,
      16 + 8 * rank,
      keys,
      chunks.map(({ address }) => address),
    );
  }

  /** A B-tree over children in order; `keys` has one more than there are children, and stands around them. */
  private tree(
    type: number,
    k: number,
    keyBytes: number,
    keys: readonly Uint8Array[],
    children: readonly number[],
  ): number {
    let level = 0;
    let currentKeys = keys;
    let current = children;
    while (true) {
      const nodes: number[] = [];
      const nodeKeys: Uint8Array[] = [];
      const count = Math.max(1, Math.ceil(current.length / (2 * k)));
      const nodeBytes = 24 + 2 * k * (8 + keyBytes) + keyBytes;
      const start = this.end;
      for (let node = 0; node < count; node++) {
        const from = node * 2 * k;
        const inside = current.slice(from, from + 2 * k);
        const sibling = (other: number) =>
          u64(other < 0 || other >= count ? UNDEFINED_ADDRESS : start + other * aligned(nodeBytes));
        const parts = [
          text('TREE'),
          Uint8Array.of(type, level),
          u16(inside.length),
          sibling(node - 1),
          sibling(node + 1),
        ];
        for (const [index, child] of inside.entries()) parts.push(currentKeys[from + index]!, u64(child));
        parts.push(currentKeys[from + inside.length]!);
        nodes.push(this.put(extended(concatenate(parts), nodeBytes)));
        nodeKeys.push(currentKeys[from]!);
      }
      nodeKeys.push(currentKeys.at(-1)!);
      if (count === 1) return nodes[0]!;
      current = nodes;
      currentKeys = nodeKeys;
      level++;
    }
  }

  /** Appends bytes at a multiple of 8. @returns their address, counted from the end of the user block. */
  private put(bytes: Uint8Array): number {
    const address = this.end;
    if (bytes.length > 0) this.sink.write(bytes, address + this.userBlockBytes);
    const rest = aligned(bytes.length) - bytes.length;
    if (rest > 0) this.sink.write(new Uint8Array(rest), address + this.userBlockBytes + bytes.length);
    this.end += aligned(bytes.length);
    return address;
  }
}

/** A sink that keeps everything in memory. */
export class MemorySink implements ByteSink {
  private buffer = new Uint8Array(1 << 16);
  private length = 0;

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.buffer.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.buffer.length));
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer.set(bytes, position);
    this.length = Math.max(this.length, end);
  }

  bytes(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}

/** The bytes of references to objects at these addresses. */
export function references(addresses: readonly number[]): Uint8Array {
  return concatenate(addresses.map(u64));
}

/** The bytes of a typed array as they lie in memory. */
export function bytesOf(array: Uint8Array | Uint16Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function attributeMessages(attributes: Hdf5Attributes): Uint8Array[] {
  return Object.entries(attributes).map(([name, value]) => {
    const nameBytes = text(`${name}\0`);
    const bytes = typeof value === 'string' ? text(value) : i32(value);
    const type = typeof value === 'string' ? stringType(bytes.length) : datatype('int32');
    const space = dataspace([]);
    return message(
      0x0c,
      concatenate([
        Uint8Array.of(1, 0),
        u16(nameBytes.length),
        u16(type.length),
        u16(space.length),
        padded(nameBytes),
        padded(type),
        padded(space),
        bytes,
      ]),
    );
  });
}

function message(type: number, body: Uint8Array): Uint8Array {
  const content = padded(body);
  return concatenate([u16(type), u16(content.length), new Uint8Array(4), content]);
}

function dataspace(shape: readonly number[]): Uint8Array {
  return concatenate([Uint8Array.of(1, shape.length, 0, 0, 0, 0, 0, 0), ...shape.map(u64)]);
}

function datatype(type: Hdf5Type): Uint8Array {
  const bytes = ITEM_BYTES[type];
  switch (type) {
    case 'uint8':
    case 'uint16':
      return concatenate([Uint8Array.of(0x10, 0, 0, 0), u32(bytes), u16(0), u16(8 * bytes)]);
    case 'int32':
      return concatenate([Uint8Array.of(0x10, 0x08, 0, 0), u32(bytes), u16(0), u16(32)]);
    case 'float32':
      return concatenate([
        Uint8Array.of(0x11, 0x20, 31, 0),
        u32(4),
        u16(0),
        u16(32),
        Uint8Array.of(23, 8, 0, 23),
        u32(127),
      ]);
    case 'reference':
      return concatenate([Uint8Array.of(0x17, 0, 0, 0), u32(8)]);
  }
}

function stringType(bytes: number): Uint8Array {
  return concatenate([Uint8Array.of(0x13, 0, 0, 0), u32(bytes)]);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 255, value >> 8);
}

function u32(value: number): Uint8Array {
  return bytesFrom(4, (view) => view.setUint32(0, value, true));
}

function i32(value: number): Uint8Array {
  return bytesFrom(4, (view) => view.setInt32(0, value, true));
}

function u64(value: number | bigint): Uint8Array {
  return bytesFrom(8, (view) => view.setBigUint64(0, BigInt(value), true));
}

function bytesFrom(length: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(length);
  fill(new DataView(bytes.buffer));
  return bytes;
}

function aligned(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function padded(bytes: Uint8Array): Uint8Array {
  return extended(bytes, aligned(bytes.length));
}

function extended(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
