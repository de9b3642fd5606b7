import { closeSync, openSync } from 'node:fs';
import type { Dataset, Group, Reference } from 'h5wasm/node';
import { DatasetError } from '../../errors.js';
import { findBase, LAYOUTS, MESSAGES, readAt, readHeader } from './object-header.js';
import type { Hdf5File } from './open-hdf5.js';

/**
 * Reads a MATLAB cell array of texts: object references, each to a small array of UTF-16 code units.
 *
 * h5wasm finds an object by its reference through a search over the whole file, which for 1449 scenes takes ten seconds and more. A reference
 * is the object's address, though, and a text's object is as simple as they come; so it is read there, and only what is not
 * simple goes the long way.
 */
export function readTexts(file: Hdf5File, name: string): string[] {
  const references = file.dataset(name, 2).value as Reference[];
  const descriptor = openSync(file.path, 'r');
  let cells: ReadonlyMap<string, string> | undefined;
  try {
    const base = findBase(descriptor);
    return references.map((reference, index) => {
      const address = Number(Buffer.from(reference.ref_data).readBigUInt64LE());
      let text = readTextAt(descriptor, base, address);
      if (text === undefined) {
        cells ??= findCells(file);
        text = readByReference(file, reference, cells);
      }
      if (text === undefined) {
        throw new DatasetError(`Entry ${index + 1} of its "${name}" is no text.`, { file: file.path });
      }
      return text;
    });
  } finally {
    closeSync(descriptor);
  }
}

/** MATLAB keeps what cells refer to in one group: the other way round, from each object there to its reference, the library is quick. */
function findCells({ handle, library }: Hdf5File): ReadonlyMap<string, string> {
  if (!handle.keys().includes(CELLS)) return new Map();
  const paths = (handle.get(CELLS) as Group).keys().map((name) => `/${CELLS}/${name}`);
  return new Map(paths.map((path) => [keyOf(library.create_object_reference(handle.file_id, path)), path]));
}

const CELLS = '#refs#';

function keyOf(reference: Uint8Array): string {
  return Buffer.from(reference).toString('hex');
}

function readByReference(
  { handle }: Hdf5File,
  reference: Reference,
  cells: ReadonlyMap<string, string>,
): string | undefined {
  const path = cells.get(keyOf(reference.ref_data));
  const object = (path === undefined ? handle.dereference(reference) : handle.get(path)) as unknown as Dataset | null;
  const units = object && 'slice' in object ? object.value : undefined;
  return units instanceof Uint16Array ? String.fromCharCode(...units) : undefined;
}

/** Longer than any scene's name; longer texts go the long way. */
const LONGEST = 1024;

/** Reads an object whose header is of version 1 and that holds 16-bit integers in one piece; any other gives undefined. */
function readTextAt(descriptor: number, base: number, address: number): string | undefined {
  const messages = readHeader(descriptor, base, address);
  if (!messages) return undefined;
  const count = countOf(messages.get(MESSAGES.dataspace));
  const type = messages.get(MESSAGES.datatype);
  const isUint16 =
    type !== undefined &&
    type.length >= 8 &&
    (type[0]! & 0xf) === 0 &&
    (type[1]! & 1) === 0 &&
    type.readUInt32LE(4) === 2;
  if (count === undefined || count > LONGEST || !isUint16) return undefined;
  return contentOf(descriptor, base, messages.get(MESSAGES.layout), count * 2)?.toString('utf16le');
}

function countOf(dataspace: Buffer | undefined): number | undefined {
  const [version, rank] = [dataspace?.[0], dataspace?.[1]];
  const start = version === 1 ? 8 : version === 2 ? 4 : undefined;
  if (!dataspace || start === undefined || rank === undefined || dataspace.length < start + 8 * rank) return undefined;
  let count = 1;
  for (let axis = 0; axis < rank; axis++) count *= Number(dataspace.readBigUInt64LE(start + 8 * axis));
  return count;
}

function contentOf(descriptor: number, base: number, layout: Buffer | undefined, bytes: number): Buffer | undefined {
  if (!layout || layout.length < 4 || (layout[0] !== 3 && layout[0] !== 4)) return undefined;
  if (layout[1] === LAYOUTS.compact && layout.length >= 4 + bytes) return layout.subarray(4, 4 + bytes);
  if (layout[1] !== LAYOUTS.contiguous || layout.length < 18) return undefined;
  const address = layout.readBigUInt64LE(2);
  return address > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : readAt(descriptor, base + Number(address), bytes);
}
