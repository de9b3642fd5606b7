import { cp, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { NyuDataset } from '../nyu-dataset.js';
import { type OpenOptions, openNyu } from '../open-nyu.js';
import { fixture, temporaryFolder } from '../testing/fixtures.js';
import type { Batch, BatchCursor, BatchOptions } from './batches.js';

let labeled: NyuDataset;
beforeAll(async () => {
  labeled = await openNyu(fixture('labeled'));
});
afterAll(() => labeled.close());

async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

const idsOf = (batches: Batch[]) => batches.map(({ frames }) => frames.map(({ id }) => id));

describe.each([0, 1, 2])('batches with %i workers', (workers) => {
  it('give every frame once an epoch, in the order of ids', async () => {
    const batches = await collect(labeled.batches({ batchSize: 3, workers, epochs: 2 }));
    const ids = labeled.frames.map(({ id }) => id);
    const epoch = [ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)];
    expect(idsOf(batches)).toEqual([...epoch, ...epoch]);
    expect(batches.map(({ epoch }) => epoch)).toEqual([0, 0, 0, 1, 1, 1]);
    for (const { frames } of batches) for (const frame of frames) expect(frame).toEqual(await labeled.read(frame.id));
  });

  it.each<[string, () => Promise<NyuDataset>]>([
    ['the raw dump', () => openNyu(fixture('raw-dump', 'dump.zip'))],
    ['lists', () => openNyu(fixture('lists'))],
    ['shards', () => openNyu(fixture('shards', 'tars'))],
    ['pairs', () => openNyu(fixture('pairs'))],
  ])('give the same as read: %s', async (_, open) => {
    const dataset = await open();
    onTestFinished(() => dataset.close());
    const batches = await collect(dataset.batches({ batchSize: 2, workers }));
    expect(idsOf(batches).flat()).toEqual(dataset.frames.map(({ id }) => id));
    for (const { frames } of batches) for (const frame of frames) expect(frame).toEqual(await dataset.read(frame.id));
  });

  it('tell of a bad frame by name, or leave it out and count it', async () => {
    const dataset = await damagedLists();
    const error = await collect(dataset.batches({ batchSize: 2, workers })).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'DatasetError',
      frame: 'bedroom_0125/00000',
      file: expect.stringContaining('rgb_00000.jpg'),
    });
    const skipping = dataset.batches({ batchSize: 2, workers, onBadFrame: 'skip' });
    // The batches stay full: the frame that is missing makes room for the next.
    expect(idsOf(await collect(skipping))).toEqual([
      ['kitchen_0028b/00045', 'kitchen_0028b/00046'],
      ['nyu_office_1/00007', 'bathroom/00045'],
    ]);
    expect(skipping.skipped).toEqual([
      { frame: 'bedroom_0125/00000', file: expect.stringContaining('rgb_00000.jpg'), problem: 'The file is empty.' },
      {
        frame: 'study_room/01400',
        file: expect.stringContaining('sync_depth_01400.png'),
        problem: expect.stringContaining("It can't be read"),
      },
    ]);
  });
});

async function damagedLists(options?: OpenOptions): Promise<NyuDataset> {
  const folder = await temporaryFolder();
  await cp(fixture('lists'), folder, { recursive: true });
  await writeFile(join(folder, 'sync', 'bedroom_0125', 'rgb_00000.jpg'), '');
  await truncate(join(folder, 'official_splits', 'test', 'study_room', 'sync_depth_01400.png'), 300);
  const dataset = await openNyu(folder, options);
  onTestFinished(() => dataset.close());
  return dataset;
}

describe('batches', () => {
  const varied: BatchOptions = {
    batchSize: 2,
    shuffle: true,
    seed: 5,
    augmentation: { crop: { width: 8, height: 8 } },
  };

  it('depend on the seed, not on the workers or on what is decoded ahead', async () => {
    const runs = await Promise.all(
      [{ workers: 0 }, { workers: 1, prefetch: 0 }, { workers: 2, prefetch: 3 }].map((options) =>
        collect(labeled.batches({ ...varied, ...options, epochs: 2 })),
      ),
    );
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    const other = await collect(labeled.batches({ ...varied, workers: 0, epochs: 2, seed: 6 }));
    expect(idsOf(other)).not.toEqual(idsOf(runs[0]!));
  });

  it('have another order, and vary a frame otherwise, in each epoch', async () => {
    const batches = await collect(labeled.batches({ ...varied, workers: 0, epochs: 3 }));
    const epochs = [0, 1, 2].map((wanted) =>
      batches.filter(({ epoch }) => epoch === wanted).flatMap(({ frames }) => frames),
    );
    const orders = epochs.map((frames) => frames.map(({ id }) => id).join());
    expect(new Set(orders).size).toBe(3);
    for (const frames of epochs)
      expect(frames.map(({ id }) => id).sort()).toEqual(labeled.frames.map(({ id }) => id).sort());
    const [first, second] = epochs.map((frames) => frames.find(({ id }) => id === labeled.frames[0]!.id)!);
    expect(first!.image.data).not.toEqual(second!.image.data);
  });

  it('go on in the middle of an epoch as if they had never stopped', async () => {
    const whole = await collect(labeled.batches({ ...varied, workers: 0, epochs: 2 }));
    for (const stop of [0, 1, 3, 5]) {
      const saved = JSON.parse(JSON.stringify(whole[stop]!.cursor)) as BatchCursor;
      const epochs = 2 - saved.epoch;
      const rest = await collect(labeled.batches({ ...varied, seed: 99, cursor: saved, workers: 0, epochs }));
      expect(rest).toEqual(whole.slice(stop + 1));
    }
    expect(whole.map(({ cursor }) => [cursor.epoch, cursor.position])).toEqual([
      [0, 2],
      [0, 4],
      [0, 6],
      [1, 0],
      [1, 2],
      [1, 4],
      [1, 6],
      [2, 0],
    ]);
  });

  it('go on after a bad frame at the right place', async () => {
    const dataset = await damagedLists({ onBadFrame: 'skip' });
    const whole = await collect(dataset.batches({ batchSize: 1, workers: 0 }));
    for (const [index, { cursor }] of whole.entries()) {
      if (cursor.epoch > 0) continue;
      expect(idsOf(await collect(dataset.batches({ batchSize: 1, workers: 0, cursor })))).toEqual(
        idsOf(whole.slice(index + 1)),
      );
    }
  });

  it('can leave out a last batch that is not full', async () => {
    const batches = await collect(labeled.batches({ batchSize: 3, dropLast: true, workers: 0 }));
    expect(batches.map(({ frames }) => frames.length)).toEqual([3, 3]);
  });

  it('take ids, and can be left in the middle and begun again', async () => {
    const ids = labeled.split('official').train;
    const batches = labeled.batches({ ids, batchSize: 2, workers: 1 });
    for await (const { frames } of batches) {
      expect(frames.map(({ id }) => id)).toEqual(ids.slice(0, 2));
      break;
    }
    expect(idsOf(await collect(batches)).flat()).toEqual(ids);
  });

  it('refuse options that can not be', async () => {
    const start = (options: Partial<BatchOptions>) => () => labeled.batches({ batchSize: 2, ...options });
    expect(start({ batchSize: 0 })).toThrow('batchSize must be a whole number from 1, got 0.');
    expect(start({ workers: -1 })).toThrow('workers must be a whole number from 0, got -1.');
    expect(start({ seed: 0.1 })).toThrow('A seed must be a whole number, got 0.1.');
    expect(start({ ids: [] })).toThrow('ids names no frame');
    expect(start({ ids: ['nothing'] })).toThrow(
      'There is no frame "nothing" among the 7 of this data set; the first is "kitchen_0004/00000".',
    );
    const [{ cursor }] = (await collect(labeled.batches({ batchSize: 2, workers: 0 }))) as [Batch];
    expect(start({ cursor, ids: labeled.frames.slice(1).map(({ id }) => id) })).toThrow(
      'The cursor belongs to other frames or another order',
    );
    expect(start({ cursor, shuffle: true })).toThrow('The cursor belongs to other frames or another order');
    expect(start({ cursor: { ...cursor, position: 99 } })).toThrow('The cursor {');
  });

  it('tell of a mistake in the options even when bad frames are to be skipped', async () => {
    for (const workers of [0, 1]) {
      const augmentation = { crop: { width: 100, height: 100 } };
      const run = collect(labeled.batches({ batchSize: 2, workers, augmentation, onBadFrame: 'skip' }));
      await expect(run).rejects.toThrow('A crop of 100 by 100 does not fit into 20 by 14 pixels');
    }
  });

  it('end with an error, not for ever, when the data set is closed under them', async () => {
    const dataset = await openNyu(fixture('labeled'));
    const iterator = dataset.batches({ batchSize: 1, workers: 1, prefetch: 4 })[Symbol.asyncIterator]();
    await iterator.next();
    await dataset.close();
    const rest = async () => {
      while (!(await iterator.next()).done);
    };
    await expect(rest()).rejects.toThrow('The data set was closed while its frames were being read.');
  });
});
