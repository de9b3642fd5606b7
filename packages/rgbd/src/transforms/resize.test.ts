import { expect, it } from 'vitest';
import { openImageFolder } from '../open-image-folder.js';
import { fixture } from '../testing/fixtures.js';
import { testFrame } from '../testing/test-frame.js';
import { depthSizeOf, reduceFrame } from './resize.js';

it('reduces a large frame: pixels are means, depth is measured depth, and the camera looks where it looked', async () => {
  const frame = { ...testFrame(64, 48), intrinsics: { fx: 60, fy: 60, cx: 31.5, cy: 23.5 } };
  // Left half black, right half white.
  frame.image.data.forEach((_, at) => {
    frame.image.data[at] = Math.floor(at / 3) % 64 < 32 ? 0 : 255;
  });
  const reduced = await reduceFrame(frame, 32);
  const { image, depth, valid, intrinsics } = reduced;
  expect([image.width, image.height, image.data.length, depth.length]).toEqual([32, 24, 32 * 24 * 3, 32 * 24]);
  expect([image.data[0], image.data[31 * 3]]).toEqual([0, 255]);
  const measured = new Set(frame.depth);
  expect(depth.every((metres) => measured.has(metres))).toBe(true);
  expect(valid).toEqual(Uint8Array.from(depth, (metres) => (metres > 0 ? 1 : 0)));
  expect(intrinsics).toEqual({ fx: 30, fy: 30, cx: 15.5, cy: 11.5 });
  expect(frame.image.width).toBe(64);
});

it('leaves depth at its own size where that is smaller', async () => {
  const frame = {
    ...testFrame(64, 48),
    depth: new Float32Array(48).fill(2),
    valid: new Uint8Array(48).fill(1),
    depthWidth: 8,
    depthHeight: 6,
  };
  expect(await reduceFrame(frame, 32)).toMatchObject({
    image: { width: 32, height: 24 },
    depth: frame.depth,
    depthWidth: 8,
    depthHeight: 6,
  });
  const tiny = await reduceFrame(frame, 4);
  expect([tiny.image.width, tiny.depth.length, depthSizeOf(tiny)]).toEqual([4, 12, { width: 4, height: 3 }]);
});

it('leaves a frame that is small enough', async () => {
  const frame = testFrame(40, 30);
  expect(await reduceFrame(frame, 40)).toBe(frame);
});

it('is what a data loader does before it augments, the same with and without threads', async () => {
  const dataset = await openImageFolder(fixture('pairs'));
  const load = async (numWorkers: number) => {
    const augmentation = { flip: 1, rotation: false, color: false } as const;
    for await (const { frames } of dataset.loader({ batchSize: 3, numWorkers, maxSize: 16, augmentation }))
      return frames;
    return [];
  };
  const [here, there] = [await load(0), await load(1)];
  expect(there).toEqual(here);
  for (const { image } of here) expect(Math.max(image.width, image.height)).toBe(16);
  await dataset.close();
});
