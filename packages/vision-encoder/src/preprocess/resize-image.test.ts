import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode-image.js';
import type { RawImage } from './raw-image.js';
import { type ResamplingFilter, resizeImage } from './resize-image.js';
import { fixture, goldens, largestDifference, readSheet } from './testing/goldens.js';

/** In the order of PIL's numbers. */
const FILTERS: ResamplingFilter[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

const cases = goldens.resizes.flatMap((golden) => FILTERS.map((resample, index) => ({ ...golden, resample, index })));

it.each(cases)('equals PIL: $image to $width×$height, $resample', async (golden) => {
  const { image, width, height, resample, sheet, index } = golden;
  const expected = (await readSheet(sheet, FILTERS.length))[index]!;
  const resized = resizeImage(await decodeImage(fixture(image)), { width, height, resample });
  expect([resized.width, resized.height, resized.channels]).toEqual([width, height, 3]);
  expect(largestDifference(resized.data, expected.data)).toBe(0);
});

it('leaves the image it is given as it is', () => {
  const image: RawImage = { data: Uint8ClampedArray.of(1, 2, 3, 4, 5, 6), width: 2, height: 1, channels: 3 };
  for (const resample of FILTERS) {
    expect(resizeImage(image, { width: 2, height: 1, resample })).toBe(image);
    resizeImage(image, { width: 3, height: 3, resample });
  }
  expect([...image.data]).toEqual([1, 2, 3, 4, 5, 6]);
});

describe('refuses', () => {
  const image: RawImage = { data: new Uint8Array(12), width: 2, height: 2, channels: 3 };

  it.each([
    [{ width: 0, height: 3 }, 'Cannot resize an image to 0×3 pixels'],
    [{ width: 2.5, height: 3 }, 'Cannot resize an image to 2.5×3 pixels'],
    [{ width: 3, height: Number.NaN }, 'Cannot resize an image to 3×NaN pixels'],
  ])('the size %j', (size, message) => {
    expect(() => resizeImage(image, { ...size, resample: 'bilinear' })).toThrow(message);
  });

  it('images that are not RGB', () => {
    const gray: RawImage = { data: new Uint8Array(4), width: 2, height: 2, channels: 1 };
    expect(() => resizeImage(gray, { width: 1, height: 1, resample: 'box' })).toThrow('Expected an RGB image, got 1');
  });

  it('an unknown filter', () => {
    const resample = 'cubic' as ResamplingFilter;
    expect(() => resizeImage(image, { width: 1, height: 1, resample })).toThrow(
      'Unknown resampling filter "cubic". Expected nearest, box, bilinear, hamming, bicubic, lanczos.',
    );
  });
});
