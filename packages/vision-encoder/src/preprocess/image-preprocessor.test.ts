import { describe, expect, it } from 'vitest';
import { decodeImage } from './decode-image.js';
import { ImagePreprocessor } from './image-preprocessor.js';
import type { RawImage } from './raw-image.js';
import { fixture, goldens, largestDifference, readSheet } from './testing/goldens.js';

const levels = { doRescale: false, doNormalize: false };

describe.each(goldens.processors)("gives the reference's 8-bit pixels: $name", ({ config, images, sheet }) => {
  const preprocessor = ImagePreprocessor.fromConfig(config);

  it.each(images)('%s', async (name) => {
    const expected = (await readSheet(sheet, images.length))[images.indexOf(name)]!;
    const { data, shape } = preprocessor.preprocess(await decodeImage(fixture(name)), levels);
    expect(shape).toEqual([1, expected.height, expected.width, 3]);
    // Decoders of JPEG may round differently, so one gray level is allowed there.
    expect(largestDifference(data, expected.data)).toBeLessThanOrEqual(name.endsWith('.jpg') ? 1 : 0);
  });
});

it.each(goldens.normalized)("gives the reference's normalized values: $image, $config", async (golden) => {
  const { data, shape } = ImagePreprocessor.fromConfig(golden.config).preprocess(
    await decodeImage(fixture(golden.image)),
  );
  expect(shape).toEqual(golden.shape);
  const scale = Math.max(1, ...golden.values.map(Math.abs));
  const values = golden.positions.map((position) => data[position]!);
  expect(largestDifference(values, golden.values)).toBeLessThanOrEqual(1e-6 * scale);
});

it.each(goldens.sizes)("gives images the reference's sizes: $config", ({ config, inputs, outputs }) => {
  const preprocessor = ImagePreprocessor.fromConfig(config);
  const sizes = inputs.map(([height, width]) => preprocessor.preprocess(plain(width, height)).shape.slice(1, 3));
  expect(sizes).toEqual(outputs);
});

describe('a batch', () => {
  const preprocessor = ImagePreprocessor.fromConfig({ size: 8 });

  it('holds every image as it comes out alone', async () => {
    const names = ['coffee-333x217.jpg', 'camera-grayscale-alpha-120x91.png', 'coffee-1x1.png'];
    const images = await Promise.all(names.map((name) => decodeImage(fixture(name))));
    const { data, shape } = preprocessor.preprocess(images);
    expect(shape).toEqual([3, 8, 8, 3]);
    const alone = images.flatMap((image) => [...preprocessor.preprocess(image).data]);
    expect([...data]).toEqual(alone);
  });

  it('needs an image', () => {
    expect(() => preprocessor.preprocess([])).toThrow('There is no image to preprocess: the list is empty.');
  });

  it('needs images that come out equally large', () => {
    const images = [plain(20, 10), plain(10, 20)];
    expect(() => preprocessor.preprocess(images, { size: { shortestEdge: 5 } })).toThrow(
      'Image 1 of the batch comes out as 5×10 pixels, image 0 as 10×5; a batch needs one size',
    );
  });
});

it('takes overrides for one call', () => {
  const preprocessor = ImagePreprocessor.fromConfig({ size: 8 });
  const image = plain(20, 10, 255);
  const overridden = preprocessor.preprocess(image, { size: { height: 3, width: 4 }, imageMean: [0, 0.5, 1] });
  expect(overridden.shape).toEqual([1, 3, 4, 3]);
  expect([...overridden.data.subarray(0, 3)]).toEqual([2, 1, 0]);
  expect(preprocessor.preprocess(image).shape).toEqual([1, 8, 8, 3]);
});

it('refuses a center crop without a size', () => {
  const preprocessor = ImagePreprocessor.fromConfig({});
  expect(() => preprocessor.preprocess(plain(4, 4), { doCenterCrop: true })).toThrow('A center crop needs a cropSize');
});

it('refuses an image so elongated that it would become huge', () => {
  const preprocessor = ImagePreprocessor.fromConfig({ image_processor_type: 'BitImageProcessor' });
  expect(() => preprocessor.preprocess(plain(1, 6000))).toThrow(
    'An image of 1×6000 pixels would become one of 224×1344000, which is too large: crop it first.',
  );
});

function plain(width: number, height: number, level = 100): RawImage {
  return { data: new Uint8Array(width * height * 3).fill(level), width, height, channels: 3 };
}
