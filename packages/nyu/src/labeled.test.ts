import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixture, fixtureArray, slice, temporaryFolder } from '../../rgbd/src/testing/fixtures.js';
import { openNyu } from './open-nyu.js';

const PATH = fixture('labeled', 'nyu_depth_v2_labeled.mat');

describe('the labeled file', () => {
  it('is read exactly as h5py wrote it', async () => {
    const dataset = await openNyu(PATH);
    expect(dataset.format).toBe('labeled');
    const [images, raw] = [
      await fixtureArray('labeled', 'images.npy'),
      await fixtureArray('labeled', 'raw-depths.npy'),
    ];
    expect(dataset.frames).toHaveLength(7);
    for (const [index, { id }] of dataset.frames.entries()) {
      const frame = await dataset.read(id);
      expect([frame.image.width, frame.image.height, frame.image.channels]).toEqual([20, 14, 3]);
      expect(frame.image.data).toEqual(slice(images, index));
      expect(frame.depth).toEqual(slice(raw, index));
      expect(frame.valid).toEqual(Uint8Array.from(slice(raw, index), (value) => (value > 0 ? 1 : 0)));
    }
    await dataset.close();
  });

  it('has the filled depths too', async () => {
    const dataset = await openNyu(PATH, { depth: 'filled' });
    const filled = await fixtureArray('labeled', 'depths.npy');
    const frame = await dataset.read(dataset.frames[3]!.id);
    expect(frame.depth).toEqual(slice(filled, 3));
    expect(frame.valid.every((value) => value === 1)).toBe(true);
    await dataset.close();
  });

  it('names frames by scene and number, and takes types as they are stored', async () => {
    const dataset = await openNyu(fixture('labeled'));
    expect(dataset.frames.map(({ id, sceneType, split }) => [id, sceneType, split])).toEqual([
      ['kitchen_0004/00000', 'kitchen', 'train'],
      ['office_0002/00001', 'office', 'train'],
      ['kitchen_0004/00002', 'kitchen', 'train'],
      ['nyu_office_0/00003', 'office', 'test'],
      ['bedroom_0001b/00004', 'bedroom', 'train'],
      ['bathroom_0007/00005', 'bathroom', 'test'],
      ['office_0002/00006', 'office', 'train'],
    ]);
    expect(dataset.split().test).toEqual(['nyu_office_0/00003', 'bathroom_0007/00005']);
    expect(dataset.sceneTypes).toEqual(['bathroom', 'bedroom', 'kitchen', 'office']);
    await dataset.close();
  });

  it.each(['contiguous', 'chunk-for-each', 'chunks-missing', 'shuffled', 'not-compressed'])(
    'is read in however its arrays are stored: %s',
    async (name) => {
      const dataset = await openNyu(fixture('labeled-variants', `${name}.mat`));
      const images = await fixtureArray('labeled-variants', 'images.npy');
      const depths = await fixtureArray('labeled-variants', 'raw-depths.npy');
      // Backwards and twice: what one read leaves behind must not show in the next.
      for (const index of [3, 2, 1, 0, 0, 3]) {
        const frame = await dataset.read(dataset.frames[index]!.id);
        expect(frame.image.data).toEqual(slice(images, index));
        expect(frame.depth).toEqual(slice(depths, index));
      }
      await dataset.close();
    },
  );

  it('gives frames that stay as they are when others are read', async () => {
    const dataset = await openNyu(fixture('labeled-variants', 'chunk-for-each.mat'));
    const frames = [];
    for (const { id } of dataset.frames) frames.push(await dataset.read(id));
    const images = await fixtureArray('labeled-variants', 'images.npy');
    const depths = await fixtureArray('labeled-variants', 'raw-depths.npy');
    for (const [index, { image, depth }] of frames.entries()) {
      expect(image.data).toEqual(slice(images, index));
      expect(depth).toEqual(slice(depths, index));
    }
    await dataset.close();
  });

  it('opens without splits.mat, and says so when a split is asked for', async () => {
    const folder = await temporaryFolder();
    await copyFile(PATH, join(folder, 'nyu_depth_v2_labeled.mat'));
    const dataset = await openNyu(folder);
    expect(() => dataset.split()).toThrow('put splits.mat beside the labeled file');
    const named = await openNyu(folder, { splits: fixture('labeled', 'splits.mat') });
    expect(named.split().train).toHaveLength(5);
    await expect(openNyu(folder, { splits: join(folder, 'other.mat') })).rejects.toThrow(
      'other.mat: There is no such file.',
    );
    await expect(openNyu(folder, { splits: fixture('matlab-variants', 'doubles.mat') })).rejects.toThrow(
      'doubles.mat: Its trainNdxs names frame 300, but the labeled file has frames 1 to 7.',
    );
  });
});

describe('a broken labeled file', () => {
  async function spoiled(change: (content: Buffer) => Buffer): Promise<string> {
    const path = join(await temporaryFolder(), 'nyu_depth_v2_labeled.mat');
    await writeFile(path, change(await readFile(PATH)));
    return path;
  }

  it.each<[string, (content: Buffer) => Buffer, RegExp]>([
    ['empty', () => Buffer.alloc(0), /labeled\.mat: The file is empty\./],
    [
      'cut off',
      (content) => content.subarray(0, content.length / 2),
      /labeled\.mat: It can't be read: truncated file: eof = /,
    ],
    ['of another kind', () => Buffer.from('MATLAB 5.0 MAT-file'.padEnd(200)), /labeled\.mat: It is not an HDF5 file\./],
  ])('is refused: %s', async (_, change, message) => {
    await expect(openNyu(await spoiled(change), { format: 'labeled' })).rejects.toThrow(message);
  });

  it('is refused frame by frame where a chunk is damaged', async () => {
    const { offset, size } = JSON.parse(await readFile(fixture('labeled', 'chunk.json'), 'utf8'));
    const path = await spoiled((content) => content.fill(0, offset + 10, offset + size - 10));
    const dataset = await openNyu(path);
    const results = await Promise.allSettled(dataset.frames.map(({ id }) => dataset.read(id)));
    expect(results.map(({ status }) => status === 'rejected')).toEqual([false, false, true, true, false, false, false]);
    const { reason } = results[2] as PromiseRejectedResult;
    expect(reason).toMatchObject({ name: 'DatasetError', file: path, frame: dataset.frames[2]!.id });
    expect(reason.message).toMatch(/The chunk at byte \d+ can't be unpacked: /);
    await dataset.close();
  });

  it('is refused frame by frame where a depth is NaN, infinite or negative', async () => {
    const dataset = await openNyu(fixture('labeled-broken', 'values.mat'));
    const read = (index: number) => dataset.read(dataset.frames[index]!.id);
    await expect(read(0)).rejects.toThrow('Frame kitchen_0000/00000:');
    await expect(read(0)).rejects.toThrow('The depth at row 2, column 3 is NaN.');
    await expect(read(1)).rejects.toThrow('The depth at row 5, column 7 is Infinity.');
    await expect(read(2)).rejects.toThrow('The depth at row 0, column 1 is -0.5.');
    await expect(read(3)).resolves.toMatchObject({ id: 'kitchen_0003/00003' });
    await dataset.close();
  });

  it.each([
    ['no-raw-depths.mat', 'It has no array "rawDepths". What it has: #refs#, depths, images, sceneTypes, scenes.'],
    ['fewer-scenes.mat', 'It has 4 images, but 3 scenes and 4 scene types.'],
    ['other-size.mat', 'But images is [4, 3, 8, 6] of "<B", and rawDepths is [4, 8, 5] of "<f".'],
    ['doubles.mat', 'and rawDepths is [4, 8, 6] of "<d".'],
  ])('is rejected on opening: %s', async (name, message) => {
    await expect(openNyu(fixture('labeled-broken', name))).rejects.toThrow(message);
  });
});
