import { inflateSync } from 'node:zlib';
import { type NumberType, readNumbers } from '@llm-mde/depth-maps';
import { badFile, DatasetError } from '../errors.js';

/** A numeric array of a MATLAB v5 file, in MATLAB's (column-major) order. */
export interface MatlabArray {
  dimensions: number[];
  values: number[];
}

/**
 * Reads the numeric arrays of a MATLAB v5 (to v7) file: compressed or not, either byte order, real. Other variables (text, cells,
 * structures) are skipped.
 *
 * Made for the small files around data sets, `splits.mat`; not for v7.3, which is HDF5.
 *
 * @returns the arrays by name.
 * @throws DatasetError if the content is not such a file, or ends early.
 */
export function readMat5(content: Uint8Array, file: string): Map<string, MatlabArray> {
  const mark = Buffer.from(content.buffer, content.byteOffset, Math.min(content.length, 128)).toString(
    'latin1',
    126,
    128,
  );
  if (mark !== 'IM' && mark !== 'MI') {
    throw new DatasetError('It is not a MATLAB v5 file: save it with -v6 or -v7.', { file });
  }
  const arrays = new Map<string, MatlabArray>();
  const littleEndian = mark === 'IM';
  try {
    for (const element of elements(content.subarray(128), littleEndian)) {
      const inner = element.type === TYPES.compressed ? decompressed(element.data, littleEndian) : [element];
      for (const { type, data } of inner) {
        const array = type === TYPES.matrix ? readMatrix(data, littleEndian) : undefined;
        if (array) arrays.set(array.name, { dimensions: array.dimensions, values: array.values });
      }
    }
  } catch (error) {
    throw badFile(error, file);
  }
  return arrays;
}

const TYPES = { matrix: 14, compressed: 15 } as const;

/** Split files are kilobytes; this is what a broken or hostile one may grow to. */
const LARGEST_ELEMENT = 64 * 2 ** 20;

interface Element {
  type: number;
  data: Uint8Array;
}

function* elements(bytes: Uint8Array, littleEndian: boolean): Generator<Element> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let position = 0; position + 8 <= bytes.length; ) {
    const tag = view.getUint32(position, littleEndian);
    // Small elements have type and size in one word, and up to four bytes of data in the next.
    const small = tag >>> 16 !== 0;
    const type = small ? tag & 0xffff : tag;
    const size = small ? tag >>> 16 : view.getUint32(position + 4, littleEndian);
    const start = position + (small ? 4 : 8);
    if (start + size > bytes.length) throw new Error('it ends early. Download or copy it again');
    yield { type, data: bytes.subarray(start, start + size) };
    // Padded to eight bytes, but for compressed elements, which stand close together.
    position = small ? position + 8 : start + (type === TYPES.compressed ? size : Math.ceil(size / 8) * 8);
  }
}

function decompressed(data: Uint8Array, littleEndian: boolean): Generator<Element> {
  return elements(inflateSync(data, { maxOutputLength: LARGEST_ELEMENT }), littleEndian);
}

const CLASSES_OF_NUMBERS = { from: 6, to: 15 } as const;
const IS_COMPLEX = 0x800;

function readMatrix(data: Uint8Array, littleEndian: boolean) {
  const [flags, sizes, name, values] = [...elements(data, littleEndian)];
  if (!flags || !sizes || !name || !values) return undefined;
  const flag = numbersOf(flags, littleEndian)[0]!;
  const kind = flag & 0xff;
  if (kind < CLASSES_OF_NUMBERS.from || kind > CLASSES_OF_NUMBERS.to || flag & IS_COMPLEX) return undefined;
  return {
    name: Buffer.from(name.data).toString('latin1'),
    dimensions: numbersOf(sizes, littleEndian),
    values: numbersOf(values, littleEndian),
  };
}

/** Values are stored in the smallest type that holds them, whatever the array's own class is. */
function numbersOf({ type, data }: Element, littleEndian: boolean): number[] {
  const stored = NUMBER_TYPES[type];
  if (!stored) throw new Error(`numbers are stored in the unknown type ${type}`);
  return Array.from(readNumbers(stored, data, littleEndian));
}

const NUMBER_TYPES: Record<number, NumberType> = {
  1: 'i1',
  2: 'u1',
  3: 'i2',
  4: 'u2',
  5: 'i4',
  6: 'u4',
  7: 'f4',
  9: 'f8',
  12: 'i8',
  13: 'u8',
};

const NUMBERS = { int8: 1, uint16: 4, int32: 5, uint32: 6 } as const;
const UINT16_CLASS = 11;

/** A MATLAB v5 file with columns of uint16. Its date is fixed, so that the same columns give the same file. */
export function encodeMat5(columns: Record<string, Uint16Array>): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file, Platform: GLNXA64, Created on: Sat Jan  1 00:00:00 2000');
  header.fill(0, 116, 124);
  header.writeUInt16LE(0x0100, 124);
  header.write('IM', 126);
  return Buffer.concat([header, ...Object.entries(columns).map(([name, values]) => encodeColumn(name, values))]);
}

function encodeColumn(name: string, column: Uint16Array): Buffer {
  const values = Buffer.alloc(column.length * 2);
  for (const [index, value] of column.entries()) values.writeUInt16LE(value, index * 2);
  const flags = Buffer.alloc(8);
  flags.writeUInt32LE(UINT16_CLASS);
  const dimensions = Buffer.alloc(8);
  dimensions.writeInt32LE(column.length);
  dimensions.writeInt32LE(1, 4);
  return encodeElement(
    TYPES.matrix,
    Buffer.concat([
      encodeElement(NUMBERS.uint32, flags),
      encodeElement(NUMBERS.int32, dimensions),
      encodeElement(NUMBERS.int8, Buffer.from(name)),
      encodeElement(NUMBERS.uint16, values),
    ]),
  );
}

function encodeElement(type: number, data: Buffer): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type);
  tag.writeUInt32LE(data.length, 4);
  return Buffer.concat([tag, data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
}
