import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Hdf5Writer, MemorySink } from '@llm-mde/rgbd/formats';
import { describe, expect, it } from 'vitest';
import { fixture, fixtureArray, temporaryFolder } from '../../rgbd/src/testing/fixtures.js';
import { writeTar } from '../../rgbd/src/testing/write-archives.js';
import { openNyu } from './open-nyu.js';

const FRAMES = [
  ['bedroom_0010a/00201', 'holdout', 'train-bedroom_0010a-00201'],
  ['bedroom_0010a/00206', 'train', 'train-bedroom_0010a-00206'],
  ['kitchen_0001/00001', 'holdout', 'train-kitchen_0001-00001'],
  ['kitchen_0001/00002', 'train', 'train-kitchen_0001-00002'],
  ['official/00001', 'test', 'val-official-00001'],
] as const;

describe.each(['files', 'tars'])('HDF5 frames in %s', (folder) => {
  it('are all listed, with their parts', async () => {
    const dataset = await openNyu(fixture('shards', folder));
    expect(dataset.format).toBe('shards');
    expect(dataset.frames.map(({ id, split }) => [id, split]).sort()).toEqual(FRAMES.map(([id, split]) => [id, split]));
    expect(dataset.split()).toEqual({
      train: expect.arrayContaining(['kitchen_0001/00002', 'bedroom_0010a/00206']),
      holdout: expect.arrayContaining(['kitchen_0001/00001', 'bedroom_0010a/00201']),
      test: ['official/00001'],
      validation: [],
    });
  });

  it.each(FRAMES)('are read exactly as h5py wrote them: %s', async (id, _, name) => {
    const dataset = await openNyu(fixture('shards', folder));
    const frame = await dataset.read(id);
    const [image, depth] = [
      await fixtureArray('shards', `${name}.image.npy`),
      await fixtureArray('shards', `${name}.depth.npy`),
    ];
    expect([frame.image.height, frame.image.width, 3]).toEqual(image.shape);
    expect(frame.image.data).toEqual(image.data);
    expect(frame.depth).toEqual(depth.data);
    await dataset.close();
  });
});

describe('HDF5 frames', () => {
  it.each(['long-pax.tar', 'long-gnu.tar'])('are found under long names: %s', async (name) => {
    const dataset = await openNyu(fixture('shards', name));
    expect(dataset.frames[0]).toMatchObject({ id: 'kitchen_0003/00007', sceneType: 'kitchen' });
    await expect(dataset.read('kitchen_0003/00007')).resolves.toMatchObject({ image: { width: 16, height: 12 } });
  });

  it('whose header names an impossible size are refused before memory is taken', async () => {
    const path = join(await temporaryFolder(), '00002.h5');
    const sink = new MemorySink();
    const writer = new Hdf5Writer(sink);
    const rgb = writer.growingDataset('uint8', [60_000, 60_000], 0);
    for (let plane = 0; plane < 3; plane++) rgb.append(Uint8Array.of(0));
    writer.close([{ name: 'rgb', address: rgb.close() }]);
    await writeFile(path, sink.bytes());
    const dataset = await openNyu(path);
    await expect(dataset.read(dataset.frames[0]!.id)).rejects.toThrow(
      `${path}: Its header names 60000 by 60000 pixels, which is impossible.`,
    );
  });

  it('can be opened one by one', async () => {
    const dataset = await openNyu(fixture('shards', 'files', 'train', 'kitchen_0001', '00002.h5'));
    expect(dataset.frames).toEqual([
      { id: 'kitchen_0001/00002', scene: 'kitchen_0001', sceneType: 'kitchen', split: 'train' },
    ]);
  });

  it('after the cut of a tar file are refused, or left out and counted; those before it are read', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'train-000000.tar');
    await copyFile(fixture('shards', 'tars', 'train-000000.tar'), path);
    await truncate(path, 8000);
    await expect(openNyu(folder)).rejects.toThrow(
      /train-000000\.tar › kitchen_0001\/00002\.h5: The tar file ends within it: \d+ of \d+ bytes are there/,
    );
    const dataset = await openNyu(folder, { onBadFrame: 'skip' });
    expect(dataset.frames.map(({ id }) => id)).toEqual(['kitchen_0001/00001']);
    expect(dataset.skipped).toHaveLength(1);
    await expect(dataset.read('kitchen_0001/00001')).resolves.toBeDefined();
  });

  it('of a tar file that has become shorter since it was opened are refused', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'train-000000.tar');
    await copyFile(fixture('shards', 'tars', 'train-000000.tar'), path);
    const dataset = await openNyu(folder);
    await truncate(path, 8000);
    await expect(dataset.read('kitchen_0001/00002')).rejects.toThrow('Frame kitchen_0001/00002');
  });

  it('that are broken are refused by name', async () => {
    const folder = await temporaryFolder();
    const good = await readFile(fixture('shards', 'files', 'train', 'kitchen_0001', '00002.h5'));
    const broken = {
      'empty.h5': Buffer.alloc(0),
      'text.h5': Buffer.from('this is no HDF5'),
      'cut.h5': good.subarray(0, good.length - 100),
    };
    await writeFile(
      join(folder, 'test.tar'),
      writeTar(Object.entries(broken).map(([name, content]) => ({ name: `a_0001/${name}`, content }))),
    );
    for (const [name, content] of Object.entries(broken)) await writeFile(join(folder, name), content);
    for (const path of [folder, join(folder, 'test.tar')]) {
      const dataset = await openNyu(path);
      const read = (name: string) => dataset.read(dataset.frames.find(({ id }) => id.endsWith(name))!.id);
      await expect(read('/empty')).rejects.toThrow('empty.h5: The file is empty.');
      await expect(read('/text')).rejects.toThrow('text.h5: It is not an HDF5 file.');
      await expect(read('/cut')).rejects.toThrow(/cut\.h5: It can't be read: .*truncated/);
    }
  });
});
