import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { nyuIntrinsics } from '@llm-mde/depth-maps';
import { type Frame, seededRandom } from '@llm-mde/rgbd';
import { describe, expect, it } from 'vitest';
import { fixture, temporaryFolder } from '../../rgbd/src/testing/fixtures.js';
import type { OpenOptions } from './formats.js';
import { openNyu } from './open-nyu.js';

describe('openNyu', () => {
  it.each([
    ['labeled', ['labeled']],
    ['labeled', ['labeled', 'nyu_depth_v2_labeled.mat']],
    ['raw-dump', ['raw-dump', 'dump']],
    ['raw-dump', ['raw-dump', 'dump', 'nyu_office_1']],
    ['raw-dump', ['raw-dump', 'dump.zip']],
    ['lists', ['lists']],
    ['lists', ['lists', 'nyudepthv2_train_files_with_gt.txt']],
    ['shards', ['shards', 'files']],
    ['shards', ['shards', 'files', 'val', 'official']],
    ['shards', ['shards', 'tars']],
    ['shards', ['shards', 'tars', 'val-000000.tar']],
    ['shards', ['shards', 'files', 'val', 'official', '00001.h5']],
    ['pairs', ['pairs']],
  ])('recognizes the form %s in %j', async (format, parts) => {
    const dataset = await openNyu(fixture(...parts));
    expect(dataset.format).toBe(format);
    expect(new Set(dataset.frames.map(({ id }) => id)).size).toBe(dataset.frames.length);
    const frame = await dataset.read(dataset.frames[0]!.id);
    const pixels = frame.image.width * frame.image.height;
    expect([frame.image.data.length, frame.depth.length, frame.valid.length]).toEqual([3 * pixels, pixels, pixels]);
    const hasCamera = frame.image.width * 3 === frame.image.height * 4 && format !== 'lists';
    expect(frame.intrinsics).toEqual(hasCamera ? nyuIntrinsics(frame.image) : undefined);
    await dataset.close();
  });

  it('takes the form that it is told', async () => {
    const dataset = await openNyu(fixture('labeled'), { format: 'labeled' });
    expect(dataset.frames).toHaveLength(7);
    await dataset.close();
    await expect(openNyu(fixture('pairs'), { format: 'labeled' })).rejects.toThrow(
      'nyu_depth_v2_labeled.mat: There is no such file.',
    );
    await expect(openNyu(fixture('pairs'), { format: 'shards' })).rejects.toThrow(
      `${fixture('pairs')}: No frames found.`,
    );
  });

  it('says what it looked for where nothing is', async () => {
    const folder = await temporaryFolder();
    await expect(openNyu(join(folder, 'nowhere'))).rejects.toThrow(
      `${join(folder, 'nowhere')}: There is no such file.`,
    );
    await mkdir(join(folder, 'empty'));
    await expect(openNyu(folder)).rejects.toThrow('The folder has none of: nyu_depth_v2_labeled.mat; lists');
    await writeFile(join(folder, 'empty', 'b.jpg'), 'x');
    await writeFile(join(folder, 'a.png'), 'x');
    await expect(openNyu(folder)).rejects.toThrow(
      'It has 2 images (a.png is the first), but no depth maps: expected folders images and depth',
    );
  });

  it.each<[string, Uint8Array, string]>([
    ['x.mat', Buffer.alloc(0), 'The file is empty.'],
    ['x.tar.gz', gzipSync('x'), 'unpack it first'],
    ['splits.mat', Buffer.from('MATLAB 5.0 MAT-file'), 'name this one with the option splits'],
    ['x.jpg', Buffer.from('anything'), 'It is none of: nyu_depth_v2_labeled.mat (HDF5)'],
    ['x.zip', Buffer.from('PK\x03\x04 and no more'), "It can't be read"],
    ['test.txt', Buffer.from('\n\n'), 'The list is empty.'],
  ])('rejects the file %s', async (name, content, message) => {
    const path = join(await temporaryFolder(), name);
    await writeFile(path, content);
    await expect(openNyu(path)).rejects.toThrow(message);
    await expect(openNyu(path)).rejects.toThrow(path);
  });

  it('rejects options that it does not know', async () => {
    const open = (options: object) => openNyu(fixture('labeled'), options as OpenOptions);
    await expect(open({ onBadFrame: 'ignore' })).rejects.toThrow(
      "onBadFrame must be 'throw' or 'skip', got \"ignore\".",
    );
    await expect(open({ format: 'tiff' })).rejects.toThrow('Unknown format "tiff"');
  });

  it('does not read a frame of another data set', async () => {
    const dataset = await openNyu(fixture('pairs'));
    await expect(dataset.read('kitchen_0004/00000')).rejects.toThrow(
      'There is no frame "kitchen_0004/00000" among the 3 of this data set; the first is "kitchen_0001/a".',
    );
    expect(dataset.frame('kitchen_0001/a')).toEqual({
      id: 'kitchen_0001/a',
      scene: 'kitchen_0001',
      sceneType: 'kitchen',
    });
    expect([dataset.scenes, dataset.sceneTypes]).toEqual([['kitchen_0001'], ['kitchen']]);
  });

  it.each([['labeled'], ['raw-dump', 'dump.zip'], ['lists'], ['shards', 'tars'], ['pairs']])(
    'reads the same in worker threads: %s',
    async (...parts) => {
      const dataset = await openNyu(fixture(...parts));
      const read: Frame[] = [];
      for await (const { frames } of dataset.loader({ batchSize: 2, numWorkers: 2 })) read.push(...frames);
      expect(read.map(({ id }) => id)).toEqual(dataset.frames.map(({ id }) => id));
      for (const frame of read) expect(frame).toEqual(await dataset.read(frame.id));
      await dataset.close();
    },
  );

  it('can be used again after it was closed', async () => {
    const dataset = await openNyu(fixture('labeled'));
    const id = dataset.frames[0]!.id;
    const before = await dataset.read(id);
    await dataset.close();
    expect(await dataset.read(id)).toEqual(before);
    await dataset.close();
  });

  it.each([
    ['labeled', 'nyu_depth_v2_labeled.mat'],
    ['labeled-variants', 'contiguous.mat'],
    ['shards', 'tars', 'train-000000.tar'],
    ['raw-dump', 'dump.zip'],
    ['matlab-variants', 'compressed.mat'],
  ])('gives a frame or a DatasetError, whatever bytes are damaged: %s %s', async (...parts) => {
    const good = await readFile(fixture(...parts));
    const folder = await temporaryFolder();
    const random = seededRandom('damage', ...parts);
    for (let round = 0; round < 25; round++) {
      const damaged = Buffer.from(good);
      // Anywhere, and among the headers, which stand at the beginning.
      const places = [damaged.length, damaged.length, Math.min(damaged.length, 6000), Math.min(damaged.length, 600)];
      for (const end of places) damaged[Math.floor(random() * end)] = Math.floor(random() * 256);
      const path = join(folder, `${round}-${parts.at(-1)}`);
      await writeFile(path, damaged);
      const name = `round ${round}`;
      try {
        const dataset = await openNyu(path, { onBadFrame: 'skip' });
        for (const { id } of dataset.frames) {
          await dataset
            .read(id)
            .catch((error: Error) => expect(error.name, `${name}: ${error.stack}`).toBe('DatasetError'));
        }
        await dataset.close();
      } catch (error) {
        expect((error as Error).name, `${name}: ${(error as Error).stack}`).toBe('DatasetError');
      }
    }
  });
});

describe('folders of images and depth maps', () => {
  it('are opened by the dataset.yaml in them, or by that file', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'photos'));
    await mkdir(join(folder, 'range'));
    const place = fixture('pairs', 'rgb', 'kitchen_0001');
    await writeFile(join(folder, 'photos', 'a.png'), await readFile(join(place, 'a.png')));
    await writeFile(join(folder, 'range', 'a.npy'), await readFile(fixture('pairs', 'depth.npy')));
    await expect(openNyu(folder)).rejects.toThrow('a file dataset.yaml that says where they are');
    await writeFile(join(folder, 'dataset.yaml'), 'images: photos/*.png\ndepths: range/*.npy\nscene: lab\n');
    for (const path of [folder, join(folder, 'dataset.yaml')]) {
      const dataset = await openNyu(path);
      expect(dataset.frames).toEqual([expect.objectContaining({ id: 'a', scene: 'lab' })]);
      expect((await dataset.read('a')).depth.some((metres) => metres > 0)).toBe(true);
    }
  });

  it('say which tool unpacks a recording that is not read', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'scan.r3d'), 'PK\x03\x04');
    for (const path of [folder, join(folder, 'scan.r3d')])
      await expect(openNyu(path)).rejects.toThrow(/scan\.r3d: It is a recording of Record3D.*EXR \+ JPG/);
  });
});
