/** A decoded image, 8 bits per channel. A canvas's `ImageData` lacks only `channels: 4`; sharp's raw output and transformers.js' `RawImage` fit too. */
export interface RawImage {
  /** `height · width · channels` values from 0 to 255: rows from top to bottom, channels interleaved. */
  data: Uint8Array | Uint8ClampedArray;
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** 1 gray, 2 gray and alpha, 3 red-green-blue, 4 red-green-blue and alpha. */
  channels: 1 | 2 | 3 | 4;
}

/** Minimum, maximum and median of an image's color values: integers from 0 to 255. */
export interface PixelStatistics {
  minimum: number;
  maximum: number;
  median: number;
}

/**
 * Minimum, maximum and median of all color values of all pixels, the channels taken together. Alpha is ignored.
 *
 * Of an even number of values the median is the lower of the two in the middle (as `torch.median` has it, not `numpy.median`), so it is
 * always a value that occurs in the image. Uses a histogram: one pass, no copy, no sorting.
 *
 * @throws TypeError if the image is malformed.
 */
export function pixelStatistics(image: RawImage): PixelStatistics {
  checkImage(image);
  const { data, channels } = image;
  const colors = channels >= 3 ? 3 : 1;
  const histogram = new Float64Array(256);
  for (let pixel = 0; pixel < data.length; pixel += channels) {
    for (let channel = 0; channel < colors; channel++) histogram[data[pixel + channel]!]!++;
  }
  const count = (data.length / channels) * colors;
  return {
    minimum: histogram.findIndex((times) => times > 0),
    maximum: histogram.findLastIndex((times) => times > 0),
    median: levelOfRank(histogram, Math.ceil(count / 2)),
  };
}

function checkImage({ data, width, height, channels }: RawImage): void {
  // By tag, not by instanceof: in a browser the array may come from another frame or worker, which has its own Uint8Array.
  const type = Object.prototype.toString.call(data).slice('[object '.length, -1);
  const isBytes = type === 'Uint8Array' || type === 'Uint8ClampedArray';
  const sizes = [width, height, channels];
  const isSized = sizes.every((size) => Number.isInteger(size) && size >= 1) && channels <= 4;
  if (isBytes && isSized && data.length === width * height * channels) return;
  throw new TypeError(
    'An image must be { data, width, height, channels }: a Uint8Array or Uint8ClampedArray of height · width · channels values, with 1 (gray), ' +
      `2 (gray, alpha), 3 (RGB) or 4 (RGBA) channels; got ${type} of ${data?.length} values, width ${width}, height ${height}, channels ${channels}.`,
  );
}

/** The value at a 1-based rank among the sorted values that a histogram counts. */
function levelOfRank(histogram: Float64Array, rank: number): number {
  let seen = 0;
  return histogram.findIndex((times) => {
    seen += times;
    return seen >= rank;
  });
}
