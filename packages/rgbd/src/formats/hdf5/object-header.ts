import { readSync } from 'node:fs';

/** The kinds of message of an object header that are read here. */
export const MESSAGES = { dataspace: 1, datatype: 3, layout: 8, filters: 11 } as const;

export const LAYOUTS = { compact: 0, contiguous: 1, chunked: 2 } as const;

/** Addresses count from the signature, which MATLAB writes after a user block of 512 bytes. */
export function findBase(descriptor: number): number {
  for (let base = 0; base <= 8192; base = base === 0 ? 512 : base * 2) {
    if (readAt(descriptor, base, 8)?.toString('latin1') === '\x89HDF\r\n\x1a\n') return base;
  }
  return 0;
}

/**
 * Reads the messages of an object's header, as MATLAB writes it: version 1, in one piece.
 *
 * @returns each kind's first message; undefined for a header of another version, which the library has to read.
 */
export function readHeader(descriptor: number, base: number, address: number): Map<number, Buffer> | undefined {
  const prefix = readAt(descriptor, base + address, 16);
  if (prefix?.[0] !== 1) return undefined;
  const header = readAt(descriptor, base + address + 16, Math.min(prefix.readUInt32LE(8), 4096));
  if (!header) return undefined;
  const messages = new Map<number, Buffer>();
  for (let position = 0; position + 8 <= header.length; ) {
    const kind = header.readUInt16LE(position);
    const size = header.readUInt16LE(position + 2);
    if (!messages.has(kind)) messages.set(kind, header.subarray(position + 8, position + 8 + size));
    position += 8 + size;
  }
  return messages;
}

/** @returns undefined where the file ends before. */
export function readAt(descriptor: number, position: number, bytes: number): Buffer | undefined {
  const buffer = Buffer.alloc(bytes);
  return readSync(descriptor, buffer, 0, bytes, position) === bytes ? buffer : undefined;
}
