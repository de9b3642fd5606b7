import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@llm-mde/backend';
import { openNyu } from '@llm-mde/nyu';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { LlmMde, preset } from 'llm-mde';
import { describe, expect, it } from 'vitest';
import { resolveConfiguration } from '../config/resolve.js';
import { openDataset, openFrames } from './open.js';
import { largestFrame, trainingExamples } from './training-examples.js';

const folder = folderOfFile();

/** Written by h5py, SciPy, Pillow, OpenCV, tarfile and zipfile: tooling/parity/nyu-fixtures.py. */
const fixtures = fileURLToPath(new URL('../../../../packages/', import.meta.url));

it('renders the same rooms twice at once', async () => {
  process.chdir(folder);
  const { data } = await resolveConfiguration({});
  const rooms = { ...data.rooms, count: 2, width: 16, height: 12 };
  const opened = await Promise.all([1, 2].map(() => openFrames({ ...data, rooms })));
  for (const { dataset } of opened) {
    expect(dataset.frames).toHaveLength(2);
    await dataset.close();
  }
  expect(await readdir('data')).toEqual(['rooms-2-16x12-0']);
});

it('removes what a killed program had rendered, and nothing else', async () => {
  process.chdir(folder);
  const { data } = await resolveConfiguration({});
  const rooms = { ...data.rooms, count: 2, width: 20, height: 12 };
  const left = `data/rooms-2-20x12-0.${crypto.randomUUID()}.tmp`;
  await mkdir(left, { recursive: true });
  await writeFile(`${left}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), started: null }));
  await mkdir('data/rooms-2-20x12-0.mine.tmp');
  const stop = () => {
    throw new Error('stopped');
  };
  await expect(openFrames({ ...data, rooms }, stop)).rejects.toThrow('stopped');
  expect((await readdir('data')).filter((name) => name.includes('20x12'))).toEqual(['rooms-2-20x12-0.mine.tmp']);
});

it('gives the frames of a folder the camera that the configuration states', async () => {
  const { data } = await resolveConfiguration({});
  const path = join(fixtures, 'rgbd/fixtures/pairs');
  const { dataset } = await openFrames({ ...data, path, intrinsics: [30, 31, 10, 18] });
  const { intrinsics } = await dataset.read(dataset.frames[0]!.id);
  expect(intrinsics).toEqual({ fx: 30, fy: 31, cx: 10, cy: 18 });
  await dataset.close();
});

describe('files that Python wrote can be split and trained on', () => {
  it.each([
    ['the labeled file with its splits.mat', 'nyu/fixtures/labeled/nyu_depth_v2_labeled.mat', []],
    ["BTS's lists", 'nyu/fixtures/lists', []],
    ["fast-depth's files", 'nyu/fixtures/shards/files', []],
    ["fast-depth's files in archives", 'nyu/fixtures/shards/tars', []],
    ["somebody's own pairs", 'rgbd/fixtures/pairs', ['data.splitBy=frame']],
  ])('%s', async (_title, path, set) => {
    expect((await splitsAndBatch(path, set)).test.length).toBeGreaterThan(0);
  });

  it('a step on the labeled file', async () => {
    const { batch } = await splitsAndBatch('nyu/fixtures/labeled/nyu_depth_v2_labeled.mat');
    const device = await openDevice();
    const model = await LlmMde.create(preset('tiny'));
    expect((await model.trainStep(batch)).loss).toBeGreaterThan(0);
    model.dispose();
    await device.close();
  });

  it.each(['nyu/fixtures/raw-dump/dump', 'nyu/fixtures/raw-dump/dump.zip'])('the raw dump, %s', async (path) => {
    const dataset = await openNyu(join(fixtures, path));
    const [first, second] = dataset.frames.map(({ id }) => id);
    await dataset.close();
    // There is one scene in it, and two frames: one to train on, and one for all else.
    const { test } = await splitsAndBatch(path, [
      'data.splitBy=frame',
      `data.train=${JSON.stringify([first])}`,
      `data.validation=${JSON.stringify([second])}`,
      `data.test=${JSON.stringify([second])}`,
    ]);
    expect(test).toEqual([second]);
  });

  it('holds out blocks of the frames of one scene, and says so; where scenes were asked for, it says what helps', async () => {
    const data = await dataOf('rgbd/fixtures/pairs');
    await expect(openDataset({ ...data, splitBy: 'scene' })).rejects.toThrow(
      'All 3 frames are of one scene, "kitchen_0001", so that none can be held out: put each scene into a ' +
        'folder of its own, or hold out blocks of successive frames with --set data.splitBy=block, whose scores are optimistic.',
    );
    for (const splitBy of ['frame', 'block', null] as const) {
      const { train, validation, test, dataset, notes, ...split } = await openDataset({ ...data, splitBy });
      expect([train.length, validation.length, test.length]).toEqual([1, 1, 1]);
      expect(new Set([...train, ...validation, ...test]).size).toBe(3);
      expect(split.splitBy).toBe(splitBy ?? 'block');
      if (splitBy === null)
        expect(notes).toEqual([expect.stringMatching(/^All 3 frames are of one scene, "kitchen_0001", so blocks/)]);
      else expect(notes).toEqual([]);
      await dataset.close();
    }
  });

  async function dataOf(path: string, set: readonly string[] = []) {
    const own = [`data.path=${JSON.stringify(join(fixtures, path))}`, ...set];
    return (await resolveConfiguration({ set: own })).data;
  }

  /** Splits of which every held-out frame can be read, and the first batch of training. */
  async function splitsAndBatch(path: string, set: readonly string[] = []) {
    const { dataset, ...splits } = await openDataset(await dataOf(path, set));
    try {
      expect(splits.validation.length).toBeGreaterThan(0);
      for (const id of [...splits.validation, ...splits.test]) {
        expect((await dataset.read(id)).depth.some((depth) => depth > 0)).toBe(true);
      }
      const batchSize = Math.min(2, splits.train.length);
      const loader = dataset.loader({ ids: splits.train, batchSize, numWorkers: 0 });
      const { value } = await loader[Symbol.asyncIterator]().next();
      const batch = trainingExamples(value!.frames, [64, 48]);
      expect(batch).toHaveLength(batchSize);
      for (const { depth } of batch) expect(depth.some((metres) => metres > 0)).toBe(true);
      return { ...splits, batch };
    } finally {
      await dataset.close();
    }
  }
});

it('reduces frames before they are augmented where the network and the loss see less of them', async () => {
  const small = await resolveConfiguration({ preset: 'small' });
  expect(largestFrame(small)).toBe(448);
  expect(largestFrame(await resolveConfiguration({ preset: 'paper' }))).toBeUndefined();
  const crop = { width: 544, height: 416 };
  const augmentation = { ...small.training.augmentation, crop };
  expect(largestFrame({ ...small, training: { ...small.training, augmentation } })).toBeUndefined();
});
