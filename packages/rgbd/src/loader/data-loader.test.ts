import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeDepthPng, encodePng } from '@llm-mde/depth-maps';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ImageFolderOptions } from '../dataset/image-folder.js';
import { openImageFolder } from '../open-image-folder.js';
import type { RgbdDataset } from '../rgbd-dataset.js';
import { temporaryFolder } from '../testing/fixtures.js';
import { testFrame } from '../testing/test-frame.js';
import type { Batch, DataLoaderOptions, DataLoaderState } from './data-loader.js';

/** Seven frames, `kitchen/0` to `kitchen/6`. */
async function openSeven(
  options?: ImageFolderOptions,
  damage?: (folder: string) => Promise<void>,
): Promise<RgbdDataset> {
  const folder = await temporaryFolder();
  for (const kind of ['images', 'depth']) await mkdir(join(folder, kind, 'kitchen'), { recursive: true });
  for (let index = 0; index < 7; index++) {
    const { image, depth } = testFrame(20, 14, index);
    await writeFile(join(folder, 'images', 'kitchen', `${index}.png`), encodePng(image.data, image));
    await writeFile(join(folder, 'depth', 'kitchen', `${index}.png`), encodeDepthPng(depth, image));
  }
  await damage?.(folder);
  const dataset = await openImageFolder(folder, options);
  onTestFinished(() => dataset.close());
  return dataset;
}

const openDamaged = (options?: ImageFolderOptions) =>
  openSeven(options, async (folder) => {
    await writeFile(join(folder, 'images', 'kitchen', '2.png'), '');
    await truncate(join(folder, 'depth', 'kitchen', '5.png'), 300);
  });

async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

const idsOf = (batches: Batch[]) => batches.map(({ frames }) => frames.map(({ id }) => id));

let seven: RgbdDataset;
beforeEach(async () => {
  seven = await openSeven();
});

describe.each([0, 2])('a data loader with %i workers', (numWorkers) => {
  it('gives every frame once an epoch, in the order of ids', async () => {
    const batches = await collect(seven.loader({ batchSize: 3, numWorkers, epochs: 2 }));
    const ids = seven.frames.map(({ id }) => id);
    const epoch = [ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)];
    expect(idsOf(batches)).toEqual([...epoch, ...epoch]);
    expect(batches.map(({ epoch }) => epoch)).toEqual([0, 0, 0, 1, 1, 1]);
    for (const { frames } of batches) for (const frame of frames) expect(frame).toEqual(await seven.read(frame.id));
  });

  it('reports a bad frame by name, or skips and counts it', async () => {
    const dataset = await openDamaged();
    const error = await collect(dataset.loader({ batchSize: 2, numWorkers })).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'DatasetError',
      frame: 'kitchen/2',
      file: expect.stringContaining('images/kitchen/2.png'),
    });
    const skipping = dataset.loader({ batchSize: 2, numWorkers, onBadFrame: 'skip' });
    // The batches stay full: the frame that is missing makes room for the next.
    expect(idsOf(await collect(skipping))).toEqual([
      ['kitchen/0', 'kitchen/1'],
      ['kitchen/3', 'kitchen/4'],
      ['kitchen/6'],
    ]);
    expect(skipping.skipped).toEqual([
      { frame: 'kitchen/2', file: expect.stringContaining('images/kitchen/2.png'), problem: 'The file is empty.' },
      {
        frame: 'kitchen/5',
        file: expect.stringContaining('depth/kitchen/5.png'),
        problem: expect.stringContaining("It can't be read"),
      },
    ]);
  });
});

describe('a data loader', () => {
  const varied: DataLoaderOptions = {
    batchSize: 2,
    shuffle: true,
    seed: 5,
    augmentation: { crop: { width: 8, height: 8 } },
  };

  it('depends on the seed, not on the workers or on what is decoded ahead', async () => {
    const runs = await Promise.all(
      [{ numWorkers: 0 }, { numWorkers: 1, prefetchFactor: 0 }, { numWorkers: 2, prefetchFactor: 3 }].map((options) =>
        collect(seven.loader({ ...varied, ...options, epochs: 2 })),
      ),
    );
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    const other = await collect(seven.loader({ ...varied, numWorkers: 0, epochs: 2, seed: 6 }));
    expect(idsOf(other)).not.toEqual(idsOf(runs[0]!));
  });

  it('has another order, and augments a frame otherwise, in each epoch', async () => {
    const batches = await collect(seven.loader({ ...varied, numWorkers: 0, epochs: 3 }));
    const epochs = [0, 1, 2].map((wanted) =>
      batches.filter(({ epoch }) => epoch === wanted).flatMap(({ frames }) => frames),
    );
    const orders = epochs.map((frames) => frames.map(({ id }) => id).join());
    expect(new Set(orders).size).toBe(3);
    for (const frames of epochs)
      expect(frames.map(({ id }) => id).sort()).toEqual(seven.frames.map(({ id }) => id).sort());
    const [first, second] = epochs.map((frames) => frames.find(({ id }) => id === seven.frames[0]!.id)!);
    expect(first!.image.data).not.toEqual(second!.image.data);
  });

  it('augments a frame as in an earlier epoch where its variants take turns', async () => {
    const framesOf = async (options: Partial<DataLoaderOptions>) => {
      const batches = await collect(seven.loader({ ...varied, numWorkers: 0, epochs: 3, ...options }));
      const name = (epoch: number, id: string) => `${epoch} ${id}`;
      return new Map(batches.flatMap(({ epoch, frames }) => frames.map((each) => [name(epoch, each.id), each])));
    };
    const [each, turns] = [await framesOf({}), await framesOf({ variants: 2 })];
    for (const { id } of seven.frames) {
      for (const [epoch, variant] of [0, 1, 0].entries()) {
        expect(turns.get(`${epoch} ${id}`)).toEqual(each.get(`${variant} ${id}`));
      }
    }
    expect(() => seven.loader({ batchSize: 2, variants: 0 })).toThrow('variants must be a positive integer, got 0.');
  });

  it('resumes in the middle of an epoch as if it had never stopped', async () => {
    const whole = await collect(seven.loader({ ...varied, numWorkers: 0, epochs: 2 }));
    for (const stop of [0, 1, 3, 5]) {
      const saved = JSON.parse(JSON.stringify(whole[stop]!.state)) as DataLoaderState;
      const epochs = 2 - saved.epoch;
      const rest = await collect(seven.loader({ ...varied, seed: 99, state: saved, numWorkers: 0, epochs }));
      expect(rest).toEqual(whole.slice(stop + 1));
    }
    expect(whole.map(({ state }) => [state.epoch, state.position])).toEqual([
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

  it('resumes after a bad frame at the right position', async () => {
    const dataset = await openDamaged({ onBadFrame: 'skip' });
    const whole = await collect(dataset.loader({ batchSize: 1, numWorkers: 0 }));
    for (const [index, { state }] of whole.entries()) {
      if (state.epoch > 0) continue;
      expect(idsOf(await collect(dataset.loader({ batchSize: 1, numWorkers: 0, state })))).toEqual(
        idsOf(whole.slice(index + 1)),
      );
    }
  });

  it('can drop a last batch that is not full', async () => {
    const batches = await collect(seven.loader({ batchSize: 3, dropLast: true, numWorkers: 0 }));
    expect(batches.map(({ frames }) => frames.length)).toEqual([3, 3]);
  });

  it('takes ids, and can be stopped in the middle and started again', async () => {
    const ids = seven.frames.slice(2).map(({ id }) => id);
    const batches = seven.loader({ ids, batchSize: 2, numWorkers: 1 });
    for await (const { frames } of batches) {
      expect(frames.map(({ id }) => id)).toEqual(ids.slice(0, 2));
      break;
    }
    expect(idsOf(await collect(batches)).flat()).toEqual(ids);
  });

  it('rejects invalid options', async () => {
    const start = (options: Partial<DataLoaderOptions>) => () => seven.loader({ batchSize: 2, ...options });
    expect(start({ batchSize: 0 })).toThrow('batchSize must be a positive integer, got 0.');
    expect(start({ numWorkers: -1 })).toThrow('numWorkers must be a non-negative integer, got -1.');
    expect(start({ seed: 0.1 })).toThrow('A seed must be an integer, got 0.1.');
    expect(start({ ids: [] })).toThrow('ids is empty');
    expect(start({ ids: ['nothing'] })).toThrow(
      'There is no frame "nothing" among the 7 of this data set; the first is "kitchen/0".',
    );
    const [{ state }] = (await collect(seven.loader({ batchSize: 2, numWorkers: 0 }))) as [Batch];
    expect(start({ state, ids: seven.frames.slice(1).map(({ id }) => id) })).toThrow(
      'The state belongs to other frames or another order',
    );
    expect(start({ state, shuffle: true })).toThrow('The state belongs to other frames or another order');
    expect(start({ state: { ...state, position: 99 } })).toThrow('is not a state of a data loader');
  });

  it('reports a wrong option even when bad frames are to be skipped', async () => {
    for (const numWorkers of [0, 1]) {
      const augmentation = { crop: { width: 100, height: 100 } };
      const run = collect(seven.loader({ batchSize: 2, numWorkers, augmentation, onBadFrame: 'skip' }));
      await expect(run).rejects.toThrow('A crop of 100 by 100 does not fit into 20 by 14 pixels');
    }
  });

  it('ends with an error when the data set is closed while it runs', async () => {
    const iterator = seven.loader({ batchSize: 1, numWorkers: 1, prefetchFactor: 4 })[Symbol.asyncIterator]();
    await iterator.next();
    await seven.close();
    const rest = async () => {
      while (!(await iterator.next()).done);
    };
    await expect(rest()).rejects.toThrow('The worker pool was closed while its tasks were running.');
  });
});
