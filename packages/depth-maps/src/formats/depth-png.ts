import { decode, encode } from 'fast-png';
import { checkSize, isDepth, type Size } from '../size.js';

/** What 16 bits hold. */
const LARGEST = 65_535;

/**
 * A gray PNG with 16 bits whose values are millimetres, 0 being a hole: the form of NYU's and BTS's depth files.
 *
 * @param depth metres, `height * width` values. 0, negative values, NaN and infinities are holes. What is nearer than a millimetre
 * becomes one.
 * @throws RangeError if the size is wrong, or a depth is beyond 65.535 m.
 */
export function encodeDepthPng(depth: ArrayLike<number>, { width, height }: Size): Uint8Array<ArrayBuffer> {
  checkSize('The depth map', depth, { width, height });
  const data = Uint16Array.from(depth, (metres, pixel) => {
    if (!isDepth(metres)) return 0;
    const millimetres = Math.max(1, Math.round(metres * 1000));
    if (millimetres > LARGEST) {
      throw new RangeError(
        `The depth at column ${pixel % width} of row ${Math.floor(pixel / width)} is ${metres} m, but 16 bits of millimetres reach 65.535 m; write NPY instead.`,
      );
    }
    return millimetres;
  });
  return Uint8Array.from(encode({ width, height, data, depth: 16, channels: 1 }));
}

/**
 * Reads a gray PNG with 16 bits.
 *
 * @param scale values that make a metre. @default 1000, for millimetres
 * @returns depth in metres, 0 where there is a hole.
 * @throws Error if the bytes are not such a file.
 */
export function decodeDepthPng(bytes: Uint8Array, scale = 1000): Size & { data: Float32Array<ArrayBuffer> } {
  const { width, height, depth, channels, data } = decodePng(bytes);
  if (depth !== 16 || channels !== 1) {
    throw new Error(
      `Depth must be a gray PNG with 16 bits, but this one has ${channels} ${channels === 1 ? 'channel' : 'channels'} of ${depth} bits.`,
    );
  }
  return { width, height, data: Float32Array.from(data, (value) => value / scale) };
}

function decodePng(bytes: Uint8Array) {
  try {
    return decode(bytes, { checkCrc: true });
  } catch (error) {
    throw new Error(`This is not a PNG file, or it is damaged: ${(error as Error).message}.`, { cause: error });
  }
}
