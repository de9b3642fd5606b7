import { describe, expect, it } from 'vitest';
import { describePixels, pixelStatistics } from './pixel-statistics.js';
import type { RawImage } from './raw-image.js';
import { goldenImages, seededRandom } from './testing/golden-images.js';

describe('pixelStatistics', () => {
  it.each(goldenImages())('agrees with sorting all color values: $name', ({ image }) => {
    expect(pixelStatistics(image)).toEqual(bySorting(image));
  });

  it('agrees with sorting for 200 random images of 1 to 8 pixels a side', () => {
    const random = seededRandom(7);
    const whole = (limit: number) => Math.floor(random() * limit);
    for (let round = 0; round < 200; round++) {
      const [width, height, channels] = [1 + whole(8), 1 + whole(8), (1 + whole(4)) as RawImage['channels']];
      const spread = 1 + whole(256);
      const data = Uint8ClampedArray.from({ length: width * height * channels }, () => whole(spread));
      const image = { data, width, height, channels };
      expect(pixelStatistics(image)).toEqual(bySorting(image));
    }
  });

  it.each([0, 1, 128, 255])('gives a single gray pixel of %i as all three', (value) => {
    const image: RawImage = { data: Uint8Array.of(value), width: 1, height: 1, channels: 1 };
    expect(pixelStatistics(image)).toEqual({ minimum: value, maximum: value, median: value });
  });

  it('takes the lower of the two middle values', () => {
    expect(pixelStatistics({ data: Uint8Array.of(10, 20, 30, 40), width: 2, height: 2, channels: 1 }).median).toBe(20);
  });

  it('takes color channels together and leaves alpha out', () => {
    const rgba = Uint8Array.of(10, 20, 30, 255, 40, 50, 60, 0);
    expect(pixelStatistics({ data: rgba, width: 2, height: 1, channels: 4 })).toEqual({
      minimum: 10,
      maximum: 60,
      median: 30,
    });
    const grayAlpha = Uint8Array.of(100, 0, 110, 255, 120, 7);
    expect(pixelStatistics({ data: grayAlpha, width: 3, height: 1, channels: 2 })).toEqual({
      minimum: 100,
      maximum: 120,
      median: 110,
    });
  });

  it('does not depend on where a value stands, nor on gray being written as three channels', () => {
    const gray = Uint8Array.of(3, 99, 200, 41, 7, 250);
    const expected = { minimum: 3, maximum: 250, median: 41 };
    expect(pixelStatistics({ data: gray, width: 3, height: 2, channels: 1 })).toEqual(expected);
    expect(pixelStatistics({ data: gray.toReversed(), width: 2, height: 3, channels: 1 })).toEqual(expected);
    const rgb = Uint8Array.from([...gray].flatMap((value) => [value, value, value]));
    expect(pixelStatistics({ data: rgb, width: 3, height: 2, channels: 3 })).toEqual(expected);
  });

  it('reads a view into a larger buffer, and a Node Buffer', () => {
    const larger = Uint8Array.of(255, 255, 10, 20, 30, 255);
    expect(pixelStatistics({ data: larger.subarray(2, 5), width: 3, height: 1, channels: 1 }).maximum).toBe(30);
    expect(pixelStatistics({ data: Buffer.from([5, 6, 7]), width: 1, height: 1, channels: 3 }).median).toBe(6);
  });

  const image: RawImage = { data: new Uint8Array(12), width: 2, height: 2, channels: 3 };
  it.each<[string, unknown, string]>([
    [
      'too few values',
      { ...image, width: 3 },
      'An image of 3 by 2 pixels with 3 channels has 18 values, but data holds 12.',
    ],
    [
      'too many values',
      { ...image, channels: 1 },
      'An image of 2 by 2 pixels with 1 channel has 4 values, but data holds 12.',
    ],
    [
      'no pixels',
      { ...image, data: new Uint8Array(0), width: 0 },
      "An image's width must be a whole number from 1, got 0.",
    ],
    ['a fraction of a row', { ...image, height: 1.5 }, "An image's height must be a whole number from 1, got 1.5."],
    [
      'no height',
      { data: image.data, width: 2, channels: 3 },
      "An image's height must be a whole number from 1, got undefined.",
    ],
    [
      'five channels',
      { ...image, channels: 5 },
      "An image's channels must be 1 (gray), 2 (gray, alpha), 3 (RGB) or 4 (RGBA), got 5.",
    ],
    ['ImageData, which names no channels', { ...image, channels: undefined }, 'got undefined: a canvas gives 4.'],
    [
      'floats',
      { ...image, data: new Float32Array(12) },
      'must be a Uint8Array or a Uint8ClampedArray (values 0 to 255), got Float32Array.',
    ],
    ['a plain array', { ...image, data: new Array(12).fill(0) }, 'got Array.'],
    ['null', null, 'An image must be { data, width, height, channels }, got null.'],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => pixelStatistics(wrong as RawImage)).toThrow(message);
  });
});

describe('describePixels', () => {
  it('names the three numbers', () => {
    expect(describePixels({ minimum: 0, maximum: 255, median: 97 })).toBe(
      'Pixel values from 0 to 255: minimum 0, maximum 255, median 97.',
    );
  });

  it.each([
    [
      { minimum: 0, maximum: 256, median: 1 },
      "The maximum of an image's pixels must be a whole number from 0 to 255, got 256.",
    ],
    [
      { minimum: 0, maximum: 255, median: 97.5 },
      "The median of an image's pixels must be a whole number from 0 to 255, got 97.5.",
    ],
    [
      { minimum: -1, maximum: 255, median: 97 },
      "The minimum of an image's pixels must be a whole number from 0 to 255, got -1.",
    ],
    [{ minimum: 90, maximum: 95, median: 97 }, 'minimum ≤ median ≤ maximum, got 90, 97 and 95.'],
  ])('refuses %o', (statistics, message) => {
    expect(() => describePixels(statistics)).toThrow(message);
  });
});

/** The definition, spelled out: take the color values, sort them, look at the ends and the middle. */
function bySorting({ data, channels }: RawImage) {
  const hasAlpha = channels === 2 || channels === 4;
  const colors = [...data].filter((_, index) => !(hasAlpha && index % channels === channels - 1));
  colors.sort((a, b) => a - b);
  return { minimum: colors[0], maximum: colors.at(-1), median: colors[Math.floor((colors.length - 1) / 2)] };
}
