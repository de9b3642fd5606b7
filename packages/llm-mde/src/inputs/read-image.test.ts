import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createModel, smallConfiguration } from '../testing/small-model.js';
import { type ImageSource, readImage } from './read-image.js';

const folder = temporaryFolder();
const size = { width: 36, height: 28 } as const;
const pixels = Uint8ClampedArray.from({ length: size.width * size.height * 3 }, (_, at) => (at * 7) % 256);
const rgba = new Uint8ClampedArray(size.width * size.height * 4).map((_, at) =>
  at % 4 === 3 ? 255 : pixels[Math.floor(at / 4) * 3 + (at % 4)]!,
);
let photo: string;

beforeEach(async () => {
  photo = join(folder.path, 'photo.png');
  const picture = sharp(pixels, { raw: { ...size, channels: 3 } });
  await picture
    .withExif({ IFD2: { FocalLengthIn35mmFilm: '26' } })
    .png()
    .toFile(photo);
});
afterEach(() => vi.unstubAllGlobals());

it('predicts the same of a photo in whatever form it is given', async () => {
  const model = await createModel(smallConfiguration({ camera: { focalLength: 40 } }));
  const content = await readFile(photo);
  const expected = await model.predict({ data: pixels, ...size, channels: 3 }, { focal: 50 });
  expect(expected.camera).toEqual({ focalLength: 50, assumed: false });
  vi.stubGlobal('fetch', async () => new Response(content));
  const values = Array.from(pixels);
  const sources: ImageSource[] = [
    photo,
    pathToFileURL(photo),
    'https://example.com/photo.png',
    new URL('https://example.com/photo.png'),
    content,
    new Uint8Array(content).buffer,
    new Blob([content]),
    { data: rgba, ...size },
    tf.tensor3d(values, [size.height, size.width, 3], 'int32'),
    tf.div<tf.Tensor3D>(tf.tensor3d(values, [size.height, size.width, 3]), 255),
  ];
  for (const [index, source] of sources.entries()) {
    expect((await model.predict(source, { focal: 50 })).depth, String(index)).toEqual(expected.depth);
  }
  const both = await model.predict([photo, content], { focal: 50 });
  expect(both.map(({ width, height }) => [width, height])).toEqual([
    [36, 28],
    [36, 28],
  ]);
  const { camera } = await model.predict(photo);
  expect(camera).toEqual({
    focalLength: expect.closeTo((26 * Math.hypot(36, 28)) / Math.hypot(36, 24), 6),
    assumed: false,
  });
});

it('says what is wrong with EXIF data', async () => {
  const problems: string[] = [];
  const image = await sharp(photo)
    .withExif({ IFD2: { FocalLengthIn35mmFilm: '0' } })
    .png()
    .toBuffer();
  expect(await readImage(image, { onProblem: (problem) => problems.push(problem) })).not.toHaveProperty('focalLength');
  expect(problems).toEqual(['The focal length in its EXIF data is not used. It is 0, which means unknown.']);
  await readImage(image, { focal: 40, onProblem: (problem) => problems.push(problem) });
  expect(problems).toHaveLength(1);
});

it('refuses what is no image', async () => {
  await writeFile(join(folder.path, 'notes.txt'), 'no image');
  vi.stubGlobal('fetch', async () => new Response('', { status: 404, statusText: 'Not Found' }));
  const wrong: [unknown, string][] = [
    [join(folder.path, 'notes.txt'), 'Cannot decode'],
    [join(folder.path, 'none.jpg'), 'none.jpg: Input file is missing'],
    ['https://example.com/none.jpg', 'Cannot decode https://example.com/none.jpg: the server answered 404 Not Found'],
    [undefined, 'An image was expected: the path or address of a file, its content,'],
    [{}, 'Cannot decode the image: expected a path, an address, or the content of a file'],
    [tf.zeros([4, 4]), 'An image was expected as a tensor [height,width,channels]'],
    [tf.fill([4, 4, 3], 2), 'The values of a tensor [4,4,3] of type float32 must be from 0 to 1'],
  ];
  for (const [source, message] of wrong) {
    await expect(readImage(source as ImageSource), message).rejects.toThrow(message);
  }
});
