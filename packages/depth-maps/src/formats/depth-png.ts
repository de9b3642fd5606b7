import { decode, encode } from 'fast-png';
import { checkSize, isDepth, type Size } from '../size.js';

/** What 16 bits hold. */
const LARGEST = 65_535;

/**
 * Depth in millimetres, as 16-bit integers.
 *
 * @param depth metres. 0, negative values, NaN and infinities are missing depth, which is 0 in the result.
 * @param rounding `nearest`: to the nearest millimetre, but at least 1, and a depth beyond 65.535 m is an error; `floor`: down, and at
 * most 65,535, as NYU's own scripts do. What was read from millimetres stays the same millimetres.
 * @throws RangeError if a depth is beyond 65.535 m.
 */
export function depthToMillimetres(depth: ArrayLike<number>, rounding: 'nearest' | 'floor' = 'nearest'): Uint16Array {
  return Uint16Array.from(depth, (metres, pixel) => {
    if (!isDepth(metres)) return 0;
    const nearest = Math.round(metres * 1000);
    // 1.001 as float32 is a little less than 1001 mm, and was read from them.
    const isWhole = Math.fround(nearest / 1000) === Math.fround(metres);
    if (rounding === 'floor') return Math.min(LARGEST, isWhole ? nearest : Math.floor(metres * 1000));
    const millimetres = Math.max(1, nearest);
    if (millimetres > LARGEST) {
      throw new RangeError(
        `The depth of pixel ${pixel} is ${metres} m, but 16 bits of millimetres reach 65.535 m; write NPY instead.`,
      );
    }
    return millimetres;
  });
}

/**
 * A gray PNG with 16 bits whose values are millimetres, 0 for missing depth: the format of NYU's and BTS's depth files.
 *
 * @param depth metres, `height * width` values. See {@link depthToMillimetres}.
 * @throws RangeError if the size is wrong, or a depth is beyond 65.535 m.
 */
export function encodeDepthPng(depth: ArrayLike<number>, { width, height }: Size): Uint8Array<ArrayBuffer> {
  checkSize('The depth map', depth, { width, height });
  const data = depthToMillimetres(depth);
  return Uint8Array.from(encode({ width, height, data, depth: 16, channels: 1 }));
}

/**
 * Reads a gray PNG with 16 bits.
 *
 * @param scale units per metre. @default 1000, for millimetres
 * @returns depth in metres, 0 where depth is missing.
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
