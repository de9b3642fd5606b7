import { checkImage, type RawImage } from './raw-image.js';

/** Minimum, maximum and median of an image's color values: whole numbers from 0 to 255. */
export interface PixelStatistics {
  minimum: number;
  maximum: number;
  median: number;
}

/**
 * Minimum, maximum and median of all color values of all pixels, the channels taken together. Alpha is ignored.
 *
 * Of an even number of values the median is the lower of the two in the middle (as `torch.median` has it, not `numpy.median`), so it is
 * always a value that occurs in the image. Works from a histogram: one pass, no copy, no sorting.
 *
 * @throws TypeError or RangeError if the image is malformed.
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

/**
 * The prompt's third part: the statistics in words.
 *
 * @throws RangeError if a number is not a whole one from 0 to 255, or minimum ≤ median ≤ maximum does not hold.
 */
export function describePixels(statistics: PixelStatistics): string {
  checkStatistics(statistics);
  const { minimum, maximum, median } = statistics;
  return `Pixel values from 0 to 255: minimum ${minimum}, maximum ${maximum}, median ${median}.`;
}

/**
 * Refuses statistics that no image can have.
 *
 * @throws RangeError that names the number.
 */
export function checkStatistics({ minimum, maximum, median }: PixelStatistics): void {
  for (const [name, value] of Object.entries({ minimum, maximum, median })) {
    if (!Number.isInteger(value) || value < 0 || value > 255) {
      throw new RangeError(`The ${name} of an image's pixels must be a whole number from 0 to 255, got ${value}.`);
    }
  }
  if (minimum > median || median > maximum) {
    throw new RangeError(
      `Pixel statistics must be in order, minimum ≤ median ≤ maximum, got ${minimum}, ${median} and ${maximum}.`,
    );
  }
}

/** The value at a 1-based rank among the sorted values that a histogram counts. */
function levelOfRank(histogram: Float64Array, rank: number): number {
  let seen = 0;
  return histogram.findIndex((times) => {
    seen += times;
    return seen >= rank;
  });
}
