import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import type { CameraImage, LlmMde } from 'llm-mde';
import sharp from 'sharp';
import { beforeAll, expect, it } from 'vitest';
import { parseMeasuredPhotos, photoRatios } from './measured-photos.js';

const photo = join(folderOfFile(), 'a=b.jpg');

beforeAll(async () => {
  await sharp({ create: { width: 200, height: 100, channels: 3, background: 'gray' } })
    .jpeg()
    .toFile(photo);
});

/** Predicts 2 m everywhere, but 3 m on the left, and 9 m in the pixel beside the center. */
const model = {
  configuration: { camera: null },
  predict: async (images: CameraImage[]) =>
    images.map(({ width, height }) => {
      const depth = Float32Array.from({ length: width * height }, (_, pixel) => (pixel % width < 80 ? 3 : 2));
      depth[(height / 2) * width + width / 2] = 9;
      return { depth, width, height, camera: null };
    }),
} as unknown as LlmMde;

const logOf = async (...texts: string[]) => {
  const { frames } = await photoRatios(model, parseMeasuredPhotos(texts), { batchSize: 2, fov: 90 });
  return frames.map(({ mean }) => mean);
};

it('compares the median around the center with the distance', async () => {
  expect(await logOf(`${photo}=2.6`)).toEqual([expect.closeTo(Math.log(1.3), 6)]);
});

it('makes depth of the distance to another pixel, and one frame of all points of a photo', async () => {
  // 90° over 200 pixels: half a pixel from the left edge the ray is 1 along the axis and 0.995 to the left.
  const length = Math.hypot(1, 0.995, 0.005);
  expect(await logOf(`${photo}@0,50=${3.9 * length}`)).toEqual([expect.closeTo(Math.log(1.3), 6)]);
  expect(await logOf(`${photo}@0,50=${3 * length}`, `${photo}=8`)).toEqual([expect.closeTo(Math.log(4) / 2, 6)]);
});

it('says what is wrong with an argument', async () => {
  for (const text of ['a.jpg', 'a.jpg=', 'a.jpg=0', 'a.jpg=-1', 'a.jpg=2,5', 'a.jpg=2m', '=2']) {
    expect(() => parseMeasuredPhotos([text])).toThrow(`${text} should be a photo with its distance in metres`);
  }
  await expect(logOf('nowhere.jpg=2')).rejects.toThrow('nowhere.jpg does not exist');
  await expect(logOf(`${photo}@200,5=2`)).rejects.toThrow('@200,5 lies outside of the photo, which has 200 by 100');
});
