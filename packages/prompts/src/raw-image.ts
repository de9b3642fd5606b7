/** An 8-bit image in memory, as image decoders and a canvas's `ImageData` give it. */
export interface RawImage {
  /** `height * width * channels` values from 0 to 255: rows from top to bottom, channels interleaved. */
  data: Uint8Array | Uint8ClampedArray;
  /** Pixels in a row, at least 1. */
  width: number;
  /** Rows, at least 1. */
  height: number;
  /** 1 gray, 2 gray and alpha, 3 red-green-blue, 4 red-green-blue and alpha. */
  channels: 1 | 2 | 3 | 4;
}

/**
 * Refuses an image whose fields contradict each other.
 *
 * @throws TypeError or RangeError that says which field is wrong and what was expected.
 */
export function checkImage(image: RawImage): void {
  if (image === null || typeof image !== 'object') {
    throw new TypeError(
      `An image must be { data, width, height, channels }, got ${image === null ? 'null' : typeof image}.`,
    );
  }
  const { data, width, height, channels } = image;
  // By tag, not by instanceof: in a browser the array may come from another frame or worker, which has its own Uint8Array.
  const tag = Object.prototype.toString.call(data);
  if (tag !== '[object Uint8Array]' && tag !== '[object Uint8ClampedArray]') {
    throw new TypeError(
      `An image's data must be a Uint8Array or a Uint8ClampedArray (values 0 to 255), got ${tag.slice('[object '.length, -1)}.`,
    );
  }
  for (const [name, size] of Object.entries({ width, height })) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`An image's ${name} must be a whole number from 1, got ${size}.`);
  }
  if (![1, 2, 3, 4].includes(channels)) {
    throw new RangeError(
      `An image's channels must be 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGBA), got ${channels}` +
        `${channels === undefined ? ': a canvas gives 4' : ''}.`,
    );
  }
  const expected = width * height * channels;
  if (data.length !== expected) {
    throw new RangeError(
      `An image of ${width} by ${height} pixels with ${channels} channel${channels > 1 ? 's' : ''} has ${expected} values, but data holds ${data.length}.`,
    );
  }
}
