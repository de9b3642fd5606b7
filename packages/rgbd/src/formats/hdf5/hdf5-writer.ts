import { deflateSync } from 'node:zlib';

// HDF5 as its first file format has it (superblock 0), which every library and MATLAB read. Written here and not with h5wasm, because a file of
// NYU's size (gigabytes) must be written frame by frame, while h5wasm takes a whole array at once and keeps the file in its memory, and
// because it can put no MATLAB header before the data. The format: "HDF5 File Format Specification Version 2.0".

/** Where the bytes go: a file, or memory. */
export interface ByteSink {
  write(bytes: Uint8Array, position: number): void;
}

/** How a header describes each type: class and bits, its size in bytes at byte 4, and what else the class has. */
const TYPES = {
  uint8: Buffer.from('100000000100000000000800', 'hex'),
  uint16: Buffer.from('100000000200000000001000', 'hex'),
  int32: Buffer.from('100800000400000000002000', 'hex'),
  float32: Buffer.from('11201f000400000000002000170800177f000000', 'hex'),
  reference: Buffer.from('1700000008000000', 'hex'),
};

export type Hdf5Type = keyof typeof TYPES;

/** Text is written as a string without terminator, a number as int32. */
export type Hdf5Attributes = Record<string, string | number>;

const UNDEFINED_ADDRESS = Buffer.alloc(8, 0xff);
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
  private end = SUPERBLOCK_BYTES;

  /** @param userBlock bytes before the HDF5 data, a power of two from 512 of them, or none. */
  constructor(
    private readonly sink: ByteSink,
    private readonly userBlock: Uint8Array = new Uint8Array(0),
  ) {}

  /** Writes a whole array at once. @returns its address. */
  dataset(type: Hdf5Type, shape: readonly number[], bytes: Uint8Array, attributes: Hdf5Attributes = {}): number {
    const address = this.put(bytes);
    const layout = message(0x08, [Uint8Array.of(3, 1), u64(address), u64(bytes.length)]);
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
        const sizes = [u32(1), ...itemShape.map(u32), TYPES[type].subarray(4, 8)];
        const messages = [message(0x08, [Uint8Array.of(3, 2, rank + 1), u64(tree), ...sizes])];
        if (compression > 0) {
          const filter = [u16(1), u16(8), u16(1), u16(1), Buffer.from('deflate\0'), u32(compression), u32(0)];
          messages.push(message(0x0b, [Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0), ...filter]));
        }
        return this.describe(type, [chunks.length, ...itemShape], messages, attributes);
      },
    };
  }

  /** Writes a group. @returns the address of its description, its tree and its heap. */
  group(members: readonly Member[]): { address: number; tree: number; heap: number } {
    // Names are compared byte by byte.
    const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : 1));
    const names = [Buffer.alloc(8), ...sorted.map(({ name }) => padded(Buffer.from(`${name}\0`)))];
    const offsets: number[] = [];
    let heapBytes = 0;
    for (const { length } of names) {
      offsets.push(heapBytes);
      heapBytes += length;
    }
    const segment = this.put(Buffer.concat(names));
    // "No free block" is written as offset 1.
    const heap = this.put(Buffer.concat([Buffer.from('HEAP\0\0\0\0'), u64(heapBytes), u64(1), u64(segment)]));
    const perLeaf = 2 * GROUP_LEAF_K;
    const leaves: { address: number; lastKey: number }[] = [];
    for (let from = 0; from < sorted.length || from === 0; from += perLeaf) {
      const inLeaf = sorted.slice(from, from + perLeaf);
      const entries = inLeaf.flatMap(({ address }, index) => [
        u64(offsets[from + index + 1]!),
        u64(address),
        Buffer.alloc(24),
      ]);
      const node = [Buffer.from('SNOD\x01\0'), u16(inLeaf.length), ...entries];
      leaves.push({
        address: this.put(Buffer.concat(node, 8 + perLeaf * 40)),
        lastKey: offsets[from + inLeaf.length]!,
      });
    }
    const keys = [0, ...leaves.map(({ lastKey }) => lastKey)].map(u64);
    const addresses = leaves.map(({ address }) => address);
    const tree = this.tree(0, GROUP_INTERNAL_K, keys, addresses);
    const address = this.header([message(0x11, [u64(tree), u64(heap)])]);
    return { address, tree, heap };
  }

  /** Writes the root group and the header. */
  close(members: readonly Member[]): void {
    const { address, tree, heap } = this.group(members);
    const superblock = [
      Buffer.from('894844460d0a1a0a0000000000080800', 'hex'),
      ...[u16(GROUP_LEAF_K), u16(GROUP_INTERNAL_K), u32(0), u64(this.userBlock.length), UNDEFINED_ADDRESS],
      // The only address that counts from the start of the file, user block included.
      ...[u64(this.end + this.userBlock.length), UNDEFINED_ADDRESS],
      ...[u64(0), u64(address), u32(1), u32(0), u64(tree), u64(heap)],
    ];
    this.sink.write(Buffer.concat([this.userBlock, ...superblock]), 0);
  }

  private describe(type: Hdf5Type, shape: readonly number[], rest: Buffer[], attributes: Hdf5Attributes): number {
    return this.header([
      message(0x01, [dataspace(shape)]),
      message(0x03, [TYPES[type]]),
      // Fill value, version 2: space is allocated as it is written, no value is defined.
      message(0x05, [Uint8Array.of(2, 2, 2, 0)]),
      ...rest,
      ...attributeMessages(attributes),
    ]);
  }

  private header(messages: readonly Uint8Array[]): number {
    const body = Buffer.concat(messages);
    const prefix = [Uint8Array.of(1, 0), u16(messages.length), u32(1), u32(body.length), u32(0)];
    return this.put(Buffer.concat([...prefix, body]));
  }

  private chunkTree(chunks: readonly { address: number; bytes: number }[], rank: number): number {
    const key = (bytes: number, first: number) => Buffer.concat([u32(bytes), u32(0), u64(first)], 16 + 8 * rank);
    const keys = [...chunks.map(({ bytes }, index) => key(bytes, index)), key(0, chunks.length)];
    const addresses = chunks.map(({ address }) => address);
    return this.tree(1, CHUNK_K, keys, addresses);
  }

  /** A B-tree over children in order; `keys` has one more than there are children, and stands around them. */
  private tree(type: number, k: number, keys: readonly Buffer[], children: readonly number[], level = 0): number {
    const count = Math.max(1, Math.ceil(children.length / (2 * k)));
    const nodeBytes = 24 + 2 * k * (8 + keys[0]!.length) + keys[0]!.length;
    const start = this.end;
    const sibling = (node: number) =>
      node < 0 || node >= count ? UNDEFINED_ADDRESS : u64(start + node * aligned(nodeBytes));
    const nodes = Array.from({ length: count }, (_, node) => {
      const from = node * 2 * k;
      const inside = children.slice(from, from + 2 * k);
      const entries = inside.flatMap((child, index) => [keys[from + index]!, u64(child)]);
      const head = [Buffer.from('TREE'), Uint8Array.of(type, level), u16(inside.length)];
      const around = [sibling(node - 1), sibling(node + 1), ...entries, keys[from + inside.length]!];
      return this.put(Buffer.concat([...head, ...around], nodeBytes));
    });
    if (count === 1) return nodes[0]!;
    const keysOfNodes = keys.filter((_, index) => index % (2 * k) === 0 && index < children.length);
    return this.tree(type, k, [...keysOfNodes, keys.at(-1)!], nodes, level + 1);
  }

  /** Appends bytes at a multiple of 8. @returns their address, counted from the end of the user block. */
  private put(bytes: Uint8Array): number {
    const address = this.end;
    const rest = Buffer.alloc(aligned(bytes.length) - bytes.length);
    this.sink.write(bytes, this.userBlock.length + address);
    this.sink.write(rest, this.userBlock.length + address + bytes.length);
    this.end += bytes.length + rest.length;
    return address;
  }
}

/** A sink that keeps everything in memory. */
export class MemorySink implements ByteSink {
  private readonly pieces: { bytes: Uint8Array; position: number }[] = [];

  write(bytes: Uint8Array, position: number): void {
    this.pieces.push({ bytes, position });
  }

  bytes(): Uint8Array {
    const whole = new Uint8Array(Math.max(...this.pieces.map(({ bytes, position }) => position + bytes.length)));
    for (const { bytes, position } of this.pieces) whole.set(bytes, position);
    return whole;
  }
}

/** The bytes of references to objects at these addresses. */
export function references(addresses: readonly number[]): Uint8Array {
  return Buffer.concat(addresses.map(u64));
}

/** The bytes of a typed array as they lie in memory. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function attributeMessages(attributes: Hdf5Attributes): Buffer[] {
  return Object.entries(attributes).map(([name, value]) => {
    const bytes = typeof value === 'string' ? Buffer.from(value) : bytesOf(Int32Array.of(value));
    const type = typeof value === 'string' ? Buffer.concat([u32(0x13), u32(bytes.length)]) : TYPES.int32;
    const parts = [Buffer.from(`${name}\0`), type, dataspace([])];
    return message(0x0c, [u16(1), ...parts.map(({ length }) => u16(length)), ...parts.map(padded), bytes]);
  });
}

function message(type: number, body: readonly Uint8Array[]): Buffer {
  const content = padded(Buffer.concat(body));
  return Buffer.concat([u16(type), u16(content.length), u32(0), content]);
}

function dataspace(shape: readonly number[]): Buffer {
  return Buffer.concat([Uint8Array.of(1, shape.length, 0, 0, 0, 0, 0, 0), ...shape.map(u64)]);
}

const u16 = (value: number) => integer(value, 2);
const u32 = (value: number) => integer(value, 4);
const u64 = (value: number) => integer(value, 8);

function integer(value: number, bytes: number): Buffer {
  const result = Buffer.alloc(bytes);
  // Node writes at most six bytes, which address 256 TB.
  result.writeUIntLE(value, 0, Math.min(bytes, 6));
  return result;
}

function aligned(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes], aligned(bytes.length));
}
