import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Device, openDevice } from '@llm-mde/backend';
import { openNyu } from '@llm-mde/nyu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfiguration } from '../config/resolve.js';
import { openDataset } from '../data/open.js';
import { RunFolder, writeJson } from '../run/run-folder.js';
import { finishRun } from './finish-run.js';
import { train } from './train.js';

/** Written by h5py, SciPy, Pillow, OpenCV, tarfile and zipfile: tooling/parity/nyu-fixtures.py. */
const fixtures = fileURLToPath(new URL('../../../../packages/', import.meta.url));

describe('a short training on files that Python wrote', () => {
  let folder: string;
  let device: Device;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-mde-forms-'));
    device = await openDevice();
  });
  afterAll(async () => {
    await device.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['the labeled file with its splits.mat', 'nyu/fixtures/labeled/nyu_depth_v2_labeled.mat', []],
    ["BTS's lists", 'nyu/fixtures/lists', []],
    ["fast-depth's files", 'nyu/fixtures/shards/files', []],
    ["fast-depth's files in archives", 'nyu/fixtures/shards/tars', []],
    ["somebody's own pairs", 'rgbd/fixtures/pairs', ['data.splitBy=frame']],
  ])('%s', async (_title, path, set) => {
    const { run, results } = await trainOn(path, set);
    expect(results.frames).toBeGreaterThan(0);
    expect(results.model.metrics.absRel).toBeGreaterThan(0);
    expect(existsSync(run.report)).toBe(true);
  });

  it.each(['nyu/fixtures/raw-dump/dump', 'nyu/fixtures/raw-dump/dump.zip'])('the raw dump, %s', async (path) => {
    const dataset = await openNyu(join(fixtures, path));
    const [first, second] = dataset.frames.map(({ id }) => id);
    await dataset.close();
    // There is one scene in it, and two frames: one to train on, and one for all else.
    const { results } = await trainOn(path, [
      'data.splitBy=frame',
      `data.train=${JSON.stringify([first])}`,
      `data.validation=${JSON.stringify([second])}`,
      `data.test=${JSON.stringify([second])}`,
    ]);
    expect(results.frames).toBe(1);
    expect(results.model.metrics.absRel).toBeGreaterThan(0);
  });

  it('refuses to split the frames of one scene, and says what helps', async () => {
    const { data } = await resolveConfiguration({
      set: [`data.path=${JSON.stringify(join(fixtures, 'rgbd/fixtures/pairs'))}`],
    });
    await expect(openDataset(data)).rejects.toThrow(
      'All 3 frames are of one scene, "kitchen_0001", so that none can be held out: put each scene into a ' +
        'folder of its own, or split by frame with --set data.splitBy=frame, whose scores are optimistic.',
    );
    const parted = await openDataset({ ...data, splitBy: 'frame' });
    expect([parted.train.length, parted.validation.length, parted.test.length]).toEqual([1, 1, 1]);
    expect(new Set([...parted.train, ...parted.validation, ...parted.test]).size).toBe(3);
    await parted.dataset.close();
  });

  async function trainOn(path: string, set: readonly string[]) {
    const configuration = await resolveConfiguration({
      set: [
        `data.path=${JSON.stringify(join(fixtures, path))}`,
        'data.numWorkers=0',
        'training.epochs=1',
        'training.batchSize=2',
        ...set,
      ],
    });
    const run = new RunFolder(await mkdtemp(join(folder, 'run-')));
    await run.create(configuration);
    await writeJson(run.environment, { device: device.name });
    const data = await openDataset(configuration.data);
    try {
      expect((await train({ configuration, folder: run, device, data })).ended).toBe('epochs');
      return { run, results: await finishRun({ configuration, folder: run, device, data }) };
    } finally {
      await data.dataset.close();
    }
  }
});
