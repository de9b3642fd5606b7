import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeDepthPng } from '@llm-mde/depth-maps';
import { checkDepths } from '@llm-mde/rgbd';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { fixture, fixtureArray, greatestDifference, temporaryFolder } from '../../rgbd/src/testing/fixtures.js';
import { openNyu } from './open-nyu.js';

describe('list files', () => {
  it('name all frames, also in a last line without newline, and skip those without depth', async () => {
    const dataset = await openNyu(fixture('lists'));
    expect(dataset.format).toBe('lists');
    expect(dataset.frames).toEqual([
      frame('kitchen_0028b/00045', 'kitchen', 'train'),
      frame('kitchen_0028b/00046', 'kitchen', 'train'),
      frame('bedroom_0125/00000', 'bedroom', 'train'),
      frame('nyu_office_1/00007', 'nyu_office', 'train'),
      frame('bathroom/00045', 'bathroom', 'test'),
      frame('study_room/01400', 'study_room', 'test'),
    ]);
    expect(dataset.skipped).toHaveLength(1);
    expect(dataset.skipped[0]).toMatchObject({
      frame: 'kitchen_0028b/00047',
      problem: 'The list states no depth for it.',
    });
    expect(dataset.split()).toMatchObject({ test: ['bathroom/00045', 'study_room/01400'], validation: [] });
  });

  it.each(['kitchen_0028b/00046', 'study_room/01400'])('read what Pillow reads: %s', async (id) => {
    const dataset = await openNyu(fixture('lists'));
    const read = await dataset.read(id);
    const name = id.replace('/', '-');
    const [image, depth] = [
      await fixtureArray('lists', `${name}.image.npy`),
      await fixtureArray('lists', `${name}.depth.npy`),
    ];
    expect([read.image.height, read.image.width, 3]).toEqual(image.shape);
    // Two builds of one JPEG decoder may round differently.
    expect(greatestDifference(read.image.data, image.data)).toBeLessThanOrEqual(1);
    expect(read.depth).toEqual(Float32Array.from(depth.data, (value) => value / 1000));
    expect(read.valid).toEqual(Uint8Array.from(depth.data, (value) => (value > 0 ? 1 : 0)));
    expect(read.focalLength).toBe(518.8579);
  });

  it('can be opened one by one, with a folder of their own', async () => {
    const file = fixture('lists', 'nyudepthv2_test_files_with_gt.txt');
    const alone = await openNyu(file);
    expect(alone.frames.map(({ split }) => split)).toEqual(['test', 'test']);
    await expect(alone.read('bathroom/00045')).resolves.toMatchObject({ sceneType: 'bathroom' });
    const elsewhere = await openNyu(fixture('lists'), {
      format: 'lists',
      lists: { test: { file, root: fixture('pairs') } },
    });
    await expect(elsewhere.read('bathroom/00045')).rejects.toThrow(
      `Frame bathroom/00045: ${fixture('pairs', 'bathroom', 'rgb_00045.jpg')}: There is no such file.`,
    );
  });

  const good = 'a_0001/rgb_1.png a_0001/d_1.png 518.8579';
  it.each([
    ['one word', 'hello', 'line 2: A line has an image, a depth map and a focal length, but this is "hello".'],
    [
      'a path that leads out',
      '../b/rgb_2.png b/d.png 518',
      'The path "../b/rgb_2.png" is not read: its name leads out of the data set\'s folder.',
    ],
    [
      'an absolute path',
      'C:/b/rgb_2.png b/d.png 518',
      'The path "C:/b/rgb_2.png" is not read: its name is an absolute path',
    ],
    ['a focal length of none', 'b/rgb_2.png b/d.png none', 'line 2: The focal length "none" is not a number above 0.'],
    ['a frame for the second time', good, 'The same frame is already in'],
  ])('with %s are refused, or the line is left out', async (_, line, message) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'train.txt'), `${good}\r\n${line}\r\n`);
    await mkdir(join(folder, 'a_0001'));
    for (const name of ['rgb_1.png', 'd_1.png']) await writeFile(join(folder, 'a_0001', name), '');
    await expect(openNyu(folder)).rejects.toThrow(message);
    const dataset = await openNyu(folder, { onBadFrame: 'skip' });
    expect(dataset.frames.map(({ id }) => id)).toEqual(['a_0001/1']);
    expect(dataset.skipped[0]!.problem).toBeTruthy();
  });

  it('refuse images and depth maps that are empty, cut off, of another kind or of another size', async () => {
    const folder = await temporaryFolder();
    await cp(fixture('lists'), folder, { recursive: true });
    const scene = join(folder, 'sync', 'kitchen_0028b');
    const [image, depth] = [join(scene, 'rgb_00045.jpg'), join(scene, 'sync_depth_00045.png')];
    const [goodImage, goodDepth] = [await readFile(image), await readFile(depth)];
    const dataset = await openNyu(folder);
    const read = () => dataset.read('kitchen_0028b/00045');
    const spoil = async (path: string, content: Uint8Array, message: string | RegExp) => {
      await writeFile(image, goodImage);
      await writeFile(depth, goodDepth);
      await writeFile(path, content);
      await expect(read()).rejects.toThrow(message);
      await expect(read()).rejects.toMatchObject({ name: 'DatasetError', file: path, frame: 'kitchen_0028b/00045' });
    };
    await spoil(depth, new Uint8Array(0), `${depth}: The file is empty.`);
    await spoil(image, new Uint8Array(0), `${image}: The file is empty.`);
    await spoil(image, goodImage.subarray(0, goodImage.length - 200), "can't be read");
    await spoil(depth, goodDepth.subarray(0, goodDepth.length - 40), "can't be read");
    await spoil(image, Buffer.from('not an image'), "can't be read");
    await spoil(depth, goodImage, 'Depth must be a gray PNG with 16 bits, but this is jpeg with 3 channels of 8 bits.');
    const gray = sharp({ create: { width: 24, height: 18, channels: 3, background: 'gray' } }).toColorspace('b-w');
    await spoil(depth, await gray.png().toBuffer(), 'with 1 channel of 8 bits');
    const otherSize = sharp(Buffer.alloc(2 * 10 * 10), {
      raw: { width: 10, height: 10, channels: 1, depth: 'ushort' } as never,
    });
    await spoil(
      depth,
      await otherSize.toColorspace('grey16').png().toBuffer(),
      'The depth map has 10 by 10 pixels, but the image has 24 by 18.',
    );
  });

  it('count the files that are missing, and leave them out if told to', async () => {
    const folder = await temporaryFolder();
    await cp(fixture('lists'), folder, { recursive: true });
    const [image, depth] = ['rgb_00045.jpg', 'sync_depth_00046.png'].map((name) =>
      join(folder, 'sync/kitchen_0028b', name),
    );
    await rm(image!);
    await rm(depth!);
    const dataset = await openNyu(folder);
    const text = `The files of 2 of 6 frames are missing, the first is ${image}.`;
    await expect(checkDepths(dataset)).rejects.toThrow(
      `Frame kitchen_0028b/00045: ${image}: There is no such file. ${text}`,
    );
    expect((await checkDepths(dataset, { ids: ['bathroom/00045'] })).warnings).toEqual([]);
    const skipping = await openNyu(folder, { onBadFrame: 'skip' });
    expect(skipping.frames).toHaveLength(4);
    expect(skipping.skipped.map(({ file }) => file)).toEqual(expect.arrayContaining([image, depth]));
    const check = await checkDepths(skipping);
    expect([check.read.length, check.warnings]).toEqual([4, [text]]);
    for (const name of ['sync', 'official_splits']) await rm(join(folder, name), { recursive: true });
    await expect(openNyu(folder, { onBadFrame: 'skip' })).rejects.toThrow(
      /No frames found. 7 were skipped, one of them: .*: There is no such file./,
    );
  });

  it("are read as DenseDepth's copy has them: CSV, 8-bit maps of which 255 is 10 m, 16-bit maps in millimetres", async () => {
    const folder = await temporaryFolder();
    const scene = 'data/nyu2_train/living_room_0038_out';
    for (const name of [scene, 'data/nyu2_test']) await mkdir(join(folder, name), { recursive: true });
    const size = { width: 2, height: 1 };
    const narrow = sharp(Uint8Array.of(0, 51), { raw: { ...size, channels: 1 } }).toColorspace('b-w');
    await writeFile(join(folder, scene, '37.png'), await narrow.png().toBuffer());
    await writeFile(join(folder, 'data/nyu2_test/00000_depth.png'), encodeDepthPng([0, 2.345], size));
    for (const name of [`${scene}/37.jpg`, 'data/nyu2_test/00000_colors.png'])
      await sharp({ create: { ...size, channels: 3, background: 'red' } }).toFile(join(folder, name));
    await writeFile(join(folder, 'data/nyu2_train.csv'), `${scene}/37.jpg,${scene}/37.png\n`);
    await writeFile(
      join(folder, 'data/nyu2_test.csv'),
      'data/nyu2_test/00000_colors.png,data/nyu2_test/00000_depth.png',
    );
    for (const path of [folder, join(folder, 'data')]) {
      const { frames, format, read } = await openNyu(path).then((dataset) => ({
        ...dataset,
        read: (id: string) => dataset.read(id),
      }));
      expect([format, ...frames.map(({ sceneType, split }) => `${sceneType} ${split}`)]).toEqual([
        'lists',
        'living_room train',
        'unknown test',
      ]);
      const depths = await Promise.all(frames.map(async ({ id }) => [...(await read(id)).depth]));
      expect(depths).toEqual([
        [0, 2],
        [0, Math.fround(2.345)],
      ]);
    }
  });

  it('leave a folder with two training lists to the user', async () => {
    const folder = await temporaryFolder();
    await mkdir(folder, { recursive: true });
    for (const name of ['train_a.txt', 'train_b.txt']) await writeFile(join(folder, name), good);
    await expect(openNyu(folder)).rejects.toThrow('It has several lists for train: train_a.txt, train_b.txt.');
    const dataset = await openNyu(folder, { lists: { train: join(folder, 'train_b.txt') } });
    expect(dataset.frames).toHaveLength(1);
  });
});

function frame(id: string, sceneType: string, split: string) {
  return { id, scene: id.split('/')[0], sceneType, split, focalLength: 518.8579 };
}
