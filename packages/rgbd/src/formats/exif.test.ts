import sharp from 'sharp';
import { expect, it } from 'vitest';
import { readExifFocalLength } from './exif.js';

const photo = (tags: Record<string, string>) =>
  sharp({ create: { width: 400, height: 300, channels: 3, background: 'red' } })
    .withExif({ IFD2: tags })
    .jpeg()
    .toBuffer();

it('is in pixels, by the angle across the diagonal', async () => {
  const { focalLength, problem } = await readExifFocalLength(await photo({ FocalLengthIn35mmFilm: '26' }));
  expect([focalLength, problem]).toEqual([expect.closeTo((26 * 500) / Math.hypot(36, 24), 6), undefined]);
});

it('is nothing where nothing is stated', async () => {
  expect(await readExifFocalLength(await photo({ FocalLength: '425/100' }))).toEqual({});
  const plain = sharp({ create: { width: 4, height: 3, channels: 3, background: 'red' } }).png();
  expect(await readExifFocalLength(await plain.toBuffer())).toEqual({});
});

it.each([
  ['0', 'It is 0, which means unknown.'],
  ['5000', 'It is 5000 mm on 35-mm film, which no camera for photographs has.'],
  ['1', 'It is 1 mm on 35-mm film, which no camera for photographs has.'],
])('says what is wrong with %s mm', async (millimetres, message) => {
  const { focalLength, problem } = await readExifFocalLength(await photo({ FocalLengthIn35mmFilm: millimetres }));
  expect(focalLength).toBeUndefined();
  expect(problem).toContain('The focal length in its EXIF data is not used.');
  expect(problem).toContain(message);
});

it('is not used where the photo was cropped, or the data are damaged', async () => {
  const content = await photo({ FocalLengthIn35mmFilm: '26' });
  // PixelXDimension: tag 0xa002, one number of 32 bits.
  const entry = content.indexOf(Buffer.from('02a0040001000000', 'hex'));
  const cropped = Buffer.from(content);
  cropped.writeUInt32LE(800, entry + 8);
  expect((await readExifFocalLength(cropped)).problem).toContain(
    'The photo had 800 by 300 pixels, and was cropped since.',
  );
  const damaged = Buffer.from(content);
  damaged.fill(0xff, content.indexOf('Exif') + 6, content.indexOf('Exif') + 12);
  expect(await readExifFocalLength(damaged)).not.toHaveProperty('focalLength');
});
