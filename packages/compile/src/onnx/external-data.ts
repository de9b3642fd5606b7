import type { ExternalLocation, TypedArray, Value } from '../graph/value.js';

/** Weights of this many bytes and more go into the other file. */
export const EXTERNAL_BYTES = 1024;
const PAGE = 4096;

/** Bytes until the next multiple of a page, so that every weight can be mapped into memory. */
export function paddingAfter(length: number): number {
  return (PAGE - (length % PAGE)) % PAGE;
}

export function bytesOf(data: TypedArray): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The contents of a file with all weights that are large enough, and the location of each in it. */
export function layOut(weights: ReadonlyMap<Value, TypedArray>, location: string) {
  const locations = new Map<Value, ExternalLocation>();
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [value, data] of weights) {
    if (data.byteLength < EXTERNAL_BYTES) continue;
    const padding = paddingAfter(data.byteLength);
    parts.push(bytesOf(data), new Uint8Array(padding));
    locations.set(value, { location, offset, length: data.byteLength });
    offset += data.byteLength + padding;
  }
  return { parts, locations };
}
