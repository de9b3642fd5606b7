import { expect, it } from 'vitest';
import { exifFocalLength, exifOfJpeg } from './exif.js';

/** Exif data with one number of 16 bits in its Exif part, FocalLengthIn35mmFilm, in big-endian order as phones write it. */
const exif = Uint8Array.from(
  Buffer.from(
    `45786966 0000 4d4d 002a 00000008 0001 8769 0004 00000001 0000001a 00000000 0001 a405 0003 00000001 001a0000 00000000`.replaceAll(
      ' ',
      '',
    ),
    'hex',
  ),
);
/** A JPEG file that begins with a JFIF segment, as many do, and the Exif segment. */
const jpeg = (content: Uint8Array) =>
  Uint8Array.from([
    ...[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2],
    ...[0xff, 0xe1, 0, content.length + 2, ...content],
    ...[0xff, 0xda, 0, 2],
  ]);

it('finds the Exif data of a JPEG file, and the focal length in them', async () => {
  const found = exifOfJpeg(jpeg(exif));
  expect(found).toEqual(exif);
  expect(await exifFocalLength(found, { width: 400, height: 300 })).toEqual({
    focalLength: expect.closeTo((26 * 500) / Math.hypot(36, 24), 6),
  });
});

it('finds nothing in other files, in those without, and in those that are cut off', async () => {
  const whole = jpeg(exif);
  expect(exifOfJpeg(exif)).toBeUndefined();
  expect(exifOfJpeg(jpeg(new Uint8Array(4)))).toBeUndefined();
  for (let length = 0; length < 12 + exif.length; length++) expect(exifOfJpeg(whole.slice(0, length))).toBeUndefined();
  expect(await exifFocalLength(undefined, { width: 400, height: 300 })).toEqual({});
});
