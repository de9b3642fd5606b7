import { DatasetError } from '../errors.js';
import { halfToNumber } from './half.js';

/** An array of numbers as NumPy's `save` wrote it, in C order. */
export interface NpyArray {
  shape: number[];
  data: Float32Array | Float64Array | Uint8Array | Uint16Array | Int16Array | Int32Array | Uint32Array;
}

/**
 * Reads a NPY file (versions 1 to 3): floats of 16, 32 and 64 bits and whole numbers of 8 to 32, in both byte orders, in C or Fortran
 * order. Halves become float32.
 *
 * @throws DatasetError if the content is none of these, or ends early.
 */
export function readNpy(content: Uint8Array, file: string): NpyArray {
  const { descriptor, fortranOrder, shape, start } = readHeader(content, file);
  const [, order, code] = /^([<>|=])(\w+)$/.exec(descriptor) ?? [];
  const type = code === undefined ? undefined : TYPES[code];
  if (!type) {
    throw new DatasetError(
      `Its numbers are of the type ${descriptor}; use float32, float64, float16 or whole numbers.`,
      { file },
    );
  }
  const count = shape.reduce((product, size) => product * size, 1);
  if (content.length - start < count * type.bytes) {
    throw new DatasetError(
      `It ends early: ${content.length - start} of ${count * type.bytes} bytes of numbers are there.`,
      { file },
    );
  }
  const view = new DataView(content.buffer, content.byteOffset + start, count * type.bytes);
  const data = type.allocate(count);
  const littleEndian = order !== '>';
  for (let index = 0; index < count; index++) data[index] = type.read(view, index * type.bytes, littleEndian);
  return { shape, data: fortranOrder ? toRowOrder(data, shape, type.allocate(count)) : data };
}

type Values = NpyArray['data'];

interface NumberType {
  bytes: number;
  allocate(count: number): Values;
  read(view: DataView, offset: number, littleEndian: boolean): number;
}

const TYPES: Record<string, NumberType> = {
  f2: {
    bytes: 2,
    allocate: (count) => new Float32Array(count),
    read: (view, at, little) => halfToNumber(view.getUint16(at, little)),
  },
  f4: {
    bytes: 4,
    allocate: (count) => new Float32Array(count),
    read: (view, at, little) => view.getFloat32(at, little),
  },
  f8: {
    bytes: 8,
    allocate: (count) => new Float64Array(count),
    read: (view, at, little) => view.getFloat64(at, little),
  },
  u1: { bytes: 1, allocate: (count) => new Uint8Array(count), read: (view, at) => view.getUint8(at) },
  b1: { bytes: 1, allocate: (count) => new Uint8Array(count), read: (view, at) => view.getUint8(at) },
  u2: { bytes: 2, allocate: (count) => new Uint16Array(count), read: (view, at, little) => view.getUint16(at, little) },
  i2: { bytes: 2, allocate: (count) => new Int16Array(count), read: (view, at, little) => view.getInt16(at, little) },
  i4: { bytes: 4, allocate: (count) => new Int32Array(count), read: (view, at, little) => view.getInt32(at, little) },
  u4: { bytes: 4, allocate: (count) => new Uint32Array(count), read: (view, at, little) => view.getUint32(at, little) },
};

function readHeader(content: Uint8Array, file: string) {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  const version = bytes[6] ?? 0;
  if (bytes.subarray(0, 6).toString('latin1') !== '\x93NUMPY' || version < 1 || version > 3 || bytes.length < 12) {
    throw new DatasetError(content.length === 0 ? 'The file is empty.' : 'It is not a NPY file.', { file });
  }
  const wide = version > 1;
  const length = wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8);
  const start = (wide ? 12 : 10) + length;
  const text = bytes.subarray(wide ? 12 : 10, start).toString('latin1');
  const descriptor = /'descr':\s*'([^']+)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (start > bytes.length || descriptor === undefined || order === undefined || shape === undefined) {
    throw new DatasetError('Its header is broken, or describes an array of records.', { file });
  }
  const sizes = shape
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  return { descriptor, fortranOrder: order === 'True', shape: sizes, start };
}

/** Fortran order counts the first axis fastest. */
function toRowOrder<T extends Values>(data: T, shape: readonly number[], result: T): T {
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const position = shape.map(() => 0);
  for (let index = 0; index < data.length; index++) {
    result[index] = data[position.reduce((sum, at, axis) => sum + at * strides[axis]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++position[axis]! === shape[axis]; axis--) position[axis] = 0;
  }
  return result;
}
