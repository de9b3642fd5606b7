import { checkSize, type Size } from '../size.js';

/** Where the numbers start is a multiple of this. */
const ALIGNMENT = 64;

/**
 * A NPY file (version 1.0) of float32 in the shape (height, width), which `numpy.load` reads. Values stay as they are, holes too.
 *
 * @param depth metres, `height * width` values.
 * @throws RangeError if the size is wrong.
 */
export function encodeNpy(depth: ArrayLike<number>, { width, height }: Size): Uint8Array<ArrayBuffer> {
  checkSize('The depth map', depth, { width, height });
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${height}, ${width}), }`;
  const start = Math.ceil((10 + header.length + 1) / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(start + 4 * depth.length);
  bytes.set([0x93, ...latin('NUMPY'), 1, 0]);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, start - 10, true);
  bytes.set(latin(`${header.padEnd(start - 11)}\n`), 10);
  for (let pixel = 0; pixel < depth.length; pixel++) view.setFloat32(start + 4 * pixel, depth[pixel]!, true);
  return bytes;
}

function latin(text: string): number[] {
  return Array.from(text, (letter) => letter.charCodeAt(0));
}
