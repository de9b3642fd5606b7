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

it.each([1, 2, 4] as const)('resizes each of %i channels as it does three', async (channels) => {
  const rgb = await decodeImage(fixture('rocket-97x401.png'));
  const pick = (image: RawImage, channel: number) => image.data.filter((_, at) => at % image.channels === channel % 3);
  const data = new Uint8Array(rgb.width * rgb.height * channels);
  for (let channel = 0; channel < channels; channel++) {
    pick(rgb, channel).forEach((value, pixel) => {
      data[pixel * channels + channel] = value;
    });
  }
  const options = { width: 31, height: 50, resample: 'bicubic' } as const;
  const resized = resizeImage({ ...rgb, data, channels }, options);
  const expected = resizeImage(rgb, options);
  for (let channel = 0; channel < channels; channel++) {
    const values = resized.data.filter((_, at) => at % channels === channel);
    expect(largestDifference(values, pick(expected, channel))).toBe(0);
  }
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
    [{ width: 0, height: 3 }, 'An image cannot be resized to 0×3 pixels'],
    [{ width: 2.5, height: 3 }, 'An image cannot be resized to 2.5×3 pixels'],
    [{ width: 3, height: Number.NaN }, 'An image cannot be resized to 3×NaN pixels'],
  ])('the size %j', (size, message) => {
    expect(() => resizeImage(image, { ...size, resample: 'bilinear' })).toThrow(message);
  });

  it('an unknown filter', () => {
    const resample = 'cubic' as ResamplingFilter;
    expect(() => resizeImage(image, { width: 1, height: 1, resample })).toThrow(
      'There is no resampling filter "cubic": use nearest, box, bilinear, hamming, bicubic, lanczos.',
    );
  });
});
