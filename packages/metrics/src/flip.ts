import { checkSameLength, checkSize } from './check.js';

/**
 * Mirrors an image left to right.
 *
 * @param values `height * width * channels` values: rows from top to bottom, channels interleaved.
 * @param channels @default 1
 * @returns a new array of the same type.
 * @throws RangeError if the size does not fit.
 */
export function flipHorizontally<T extends Float32Array | Float64Array | Uint8Array | Uint8ClampedArray | Uint16Array>(
  values: T,
  { width, height, channels = 1 }: { width: number; height: number; channels?: number },
): T {
  checkSize('The image', values, width, height, channels);
  const flipped = values.slice() as T;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = (row * width + column) * channels;
      const to = (row * width + width - 1 - column) * channels;
      for (let channel = 0; channel < channels; channel++) flipped[to + channel] = values[from + channel]!;
    }
  }
  return flipped;
}

/**
 * The mean of a prediction and of what was predicted for the mirrored image, mirrored back: the test-time augmentation of AdaBins
 * (arXiv 2011.14141) and ZoeDepth.
 *
 * @param prediction `height * width` values, for the image.
 * @param predictionOfFlipped `height * width` values, for the mirrored image, still mirrored.
 * @throws RangeError if the sizes do not fit.
 */
export function averageWithFlipped(
  prediction: Float32Array | Float64Array,
  predictionOfFlipped: Float32Array | Float64Array,
  size: { width: number; height: number },
): Float32Array {
  checkSameLength({ prediction, predictionOfFlipped });
  const back = flipHorizontally(predictionOfFlipped, size);
  return Float32Array.from(prediction, (depth, index) => (depth + back[index]!) / 2);
}
