import { encode } from 'fast-png';
import { checkSize, type Size } from '../size.js';

/**
 * A color PNG with 8 bits.
 *
 * @param rgb red, green and blue interleaved, `height * width * 3` values from 0 to 255.
 * @throws RangeError if the size is wrong.
 */
export function encodePng(rgb: Uint8Array | Uint8ClampedArray, { width, height }: Size): Uint8Array<ArrayBuffer> {
  checkSize('The picture', rgb, { width, height }, 3);
  return Uint8Array.from(encode({ width, height, data: rgb, depth: 8, channels: 3 }));
}
