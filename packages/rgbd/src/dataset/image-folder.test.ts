import { cp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openImageFolder } from '../open-image-folder.js';
import { fixture, fixtureArray, temporaryFolder } from '../testing/fixtures.js';

const [depth, image] = [await fixtureArray('pairs', 'depth.npy'), await fixtureArray('pairs', 'image.npy')];

async function copyOfPairs(): Promise<string> {
  const folder = await temporaryFolder();
  for (const name of ['rgb', 'depth']) await cp(fixture('pairs', name), join(folder, name), { recursive: true });
  return folder;
}

describe('a folder of images and depth maps', () => {
  it.each([
    ['a', 'a PNG in millimetres'],
    ['b', 'an EXR'],
    ['c', 'an NPY file with NaN for missing depth'],
  ])('gives the frame %s, whose depth is %s', async (name) => {
    const dataset = await openImageFolder(fixture('pairs'));
    expect(dataset.format).toBe('pairs');
    const frame = await dataset.read(`kitchen_0001/${name}`);
    expect(frame).toMatchObject({ scene: 'kitchen_0001', sceneType: 'kitchen' });
    expect(frame.image).toEqual({ data: image.data, width: 21, height: 37, channels: 3 });
    const expected =
      name === 'a' ? Float32Array.from(depth.data, (value) => Math.round(value * 1000) / 1000) : depth.data;
    // NumPy rounds halves to even, Math.round up.
    for (const [index, value] of frame.depth.entries())
      expect(Math.abs(value - expected[index]!)).toBeLessThan(name === 'a' ? 0.0011 : 1e-9);
    expect(frame.valid).toEqual(Uint8Array.from(depth.data, (value) => (value > 0 ? 1 : 0)));
  });

  it('takes folders of other names, and another scale', async () => {
    const folder = await copyOfPairs();
    await rename(join(folder, 'rgb'), join(folder, 'photos'));
    await rename(join(folder, 'depth'), join(folder, 'range'));
    const dataset = await openImageFolder(folder, { images: 'photos', depths: 'range', metresPerUnit: 0.25 });
    const frame = await dataset.read('kitchen_0001/b');
    expect(frame.depth).toEqual(Float32Array.from(depth.data, (value) => value * 0.25));
    await expect(openImageFolder(folder)).rejects.toThrow(
      'It has no folders of images (images, image, rgb, color, lowres_wide) and of depth maps',
    );
  });

  it("knows the camera from the photos' EXIF data, or is told it", async () => {
    const folder = await copyOfPairs();
    const path = join(folder, 'rgb', 'kitchen_0001', 'a.png');
    expect(await (await openImageFolder(folder)).read('kitchen_0001/a')).not.toHaveProperty('intrinsics');
    const tagged = await sharp(path)
      .withExif({ IFD2: { FocalLengthIn35mmFilm: '26' } })
      .png()
      .toBuffer();
    await writeFile(path, tagged);
    const { intrinsics } = await (await openImageFolder(folder)).read('kitchen_0001/a');
    expect(intrinsics).toMatchObject({
      fx: expect.closeTo((26 * Math.hypot(21, 37)) / Math.hypot(36, 24), 6),
      cx: 10,
      cy: 18,
    });
    const told = { fx: 30, fy: 30, cx: 10, cy: 18 };
    const read = async (given: typeof told) =>
      (await openImageFolder(folder, { intrinsics: given })).read('kitchen_0001/a');
    expect((await read(told)).intrinsics).toEqual(told);
    await expect(read({ ...told, fx: 1 })).rejects.toThrow('A focal length of 1 pixels is a field of view of');
  });

  it('has no split of its own', async () => {
    const dataset = await openImageFolder(fixture('pairs'));
    expect(() => dataset.split()).toThrow('use holdOutScenes');
  });

  it('reports what has no partner, or two', async () => {
    const folder = await copyOfPairs();
    await rm(join(folder, 'depth', 'kitchen_0001', 'a.png'));
    await expect(openImageFolder(folder)).rejects.toThrow('Frame kitchen_0001/a:');
    await rm(join(folder, 'rgb', 'kitchen_0001', 'c.png'));
    await cp(fixture('pairs', 'npy', 'float32.npy'), join(folder, 'depth', 'kitchen_0001', 'b.npy'));
    const dataset = await openImageFolder(folder, { onBadFrame: 'skip' });
    expect(dataset.frames.map(({ id }) => id)).toEqual(['kitchen_0001/b']);
    expect(dataset.skipped.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('keep only one of them'),
      expect.stringContaining('It has no depth map'),
      'This depth map has no image.',
    ]);
  });

  it('rejects arrays of other shapes', async () => {
    const folder = await copyOfPairs();
    const dataset = await openImageFolder(folder);
    await cp(fixture('labeled', 'depths.npy'), join(folder, 'depth', 'kitchen_0001', 'c.npy'));
    await expect(dataset.read('kitchen_0001/c')).rejects.toThrow(
      'A depth map must be [height, width], but its shape is [7, 14, 20].',
    );
    await writeFile(join(folder, 'depth', 'kitchen_0001', 'b.exr'), Buffer.alloc(0));
    await expect(dataset.read('kitchen_0001/b')).rejects.toThrow('b.exr: The file is empty.');
  });
});
