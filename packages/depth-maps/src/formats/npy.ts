import { checkSize, type Size } from '../size.js';
import { bytesOfType, isNumberType, type NumberArray, readNumbers } from './numbers.js';

/** Where the numbers start is a multiple of this. */
const ALIGNMENT = 64;

/**
 * A NPY file (version 1.0) of float32 in the shape (height, width), which `numpy.load` reads. Values are written as they are, those of missing depth too.
 *
 * @param depth metres, `height * width` values.
 * @throws RangeError if the size is wrong.
 */
export function encodeNpy(depth: ArrayLike<number>, { width, height }: Size): Uint8Array<ArrayBuffer> {
  checkSize('The depth map', depth, { width, height });
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  const start = Math.ceil((10 + header.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(start + 4 * depth.length);
  bytes.set(latin(`${MAGIC}\x01\x00`));
  const view = new DataView(bytes.buffer);
  view.setUint16(8, start - 10, true);
  bytes.set(latin(`${header.padEnd(start - 11)}\n`), 10);
  for (let pixel = 0; pixel < depth.length; pixel++) view.setFloat32(start + 4 * pixel, depth[pixel]!, true);
  return bytes;
}

const MAGIC = '\x93NUMPY';

function latin(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}

/** An array of numbers as NumPy's `save` wrote it, in C order. */
export interface NpyArray {
  shape: number[];
  data: NumberArray;
}

/**
 * Reads a NPY file (versions 1 to 3): floats of 16, 32 and 64 bits and integers, in both byte orders, in C or Fortran order. Halves become
 * float32, integers of 64 bits float64.
 *
 * @throws Error if the content is none of these, or ends early.
 */
export function decodeNpy(content: Uint8Array): NpyArray {
  const { descriptor, fortranOrder, shape, start } = readHeader(content);
  const [, order, code = ''] = /^([<>|=])(\w+)$/.exec(descriptor) ?? [];
  const type = code === 'b1' ? 'u1' : code;
  if (!isNumberType(type)) {
    throw new Error(`its numbers are of the type ${descriptor}; use float32, float64, float16 or integers`);
  }
  const length = shape.reduce((product, size) => product * size, bytesOfType(type));
  if (content.length - start < length) {
    throw new Error(`it ends early: ${content.length - start} of ${length} bytes of numbers are there`);
  }
  const data = readNumbers(type, content.subarray(start, start + length), order !== '>');
  return { shape, data: fortranOrder ? toRowOrder(data, shape) : data };
}

function readHeader(content: Uint8Array) {
  const latin1 = new TextDecoder('latin1');
  const version = content[6] ?? 0;
  const isNpy = latin1.decode(content.subarray(1, 6)) === MAGIC.slice(1) && content[0] === 0x93;
  if (!isNpy || version < 1 || version > 3 || content.length < 12) {
    throw new Error(content.length === 0 ? 'the file is empty' : 'it is not a NPY file');
  }
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const [from, length] = version > 1 ? [12, view.getUint32(8, true)] : [10, view.getUint16(8, true)];
  const start = from + length;
  const text = latin1.decode(content.subarray(from, start));
  const descriptor = /'descr':\s*'([^']+)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (start > content.length || descriptor === undefined || order === undefined || shape === undefined) {
    throw new Error('its header is broken, or describes an array of records');
  }
  const sizes = shape
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  return { descriptor, fortranOrder: order === 'True', shape: sizes, start };
}

/** Fortran order counts the first axis fastest. */
function toRowOrder(data: NumberArray, shape: readonly number[]): NumberArray {
  const result = data.slice();
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  const position = shape.map(() => 0);
  for (let index = 0; index < data.length; index++) {
    result[index] = data[position.reduce((sum, at, axis) => sum + at * strides[axis]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++position[axis]! === shape[axis]; axis--) position[axis] = 0;
  }
  return result;
}
