import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { type Device, openDevice } from '@llm-mde/backend';
import { writeLabeled, writeSplits } from '@llm-mde/nyu';
import { generateFrames, splitByScene } from '@llm-mde/rooms';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import * as tf from '@tensorflow/tfjs-core';
import { LlmMde, type TrainingExample } from 'llm-mde';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeJson } from '../config/json-file.js';
import { resolveConfiguration } from '../config/resolve.js';
import type { TrainingConfiguration } from '../config/schema.js';
import { type OpenDataset, openDataset } from '../data/open.js';
import type { StepProgress } from '../output/show-training.js';
import type { StepRow } from '../run/metrics-log.js';
import { runFolder } from '../run/run-folder.js';
import { FeatureCache } from './feature-cache.js';
import { Interruption } from './interruption.js';
import { train } from './train.js';

const folder = folderOfFile();
let device: Device;
let data: OpenDataset;
let configuration: TrainingConfiguration;

beforeAll(async () => {
  const path = join(folder, 'nyu_depth_v2_labeled.mat');
  const scenes = await writeLabeled(path, generateFrames({ count: 16, width: 32, height: 24, seed: 3 }));
  await writeSplits(join(folder, 'splits.mat'), splitByScene(scenes, 0.75));
  device = await openDevice();
  configuration = await resolveConfiguration({
    set: [
      `data.path=${JSON.stringify(path)}`,
      'data.numWorkers=0',
      'data.validationFraction=0.2',
      // Small, for it is compiled several times.
      'training.initFrom=null',
      'model.imageSize=32',
      'model.vision.configuration.layerCount=1',
      'model.language.configuration.layerCount=1',
      'model.head.channels=[12,8]',
      'model.vision.lora=null',
      'model.reprogramming.dropout=0.1',
      'training.epochs=3',
      'training.batchSize=4',
      'training.saveSteps=1',
      'training.featureCache.variants=2',
    ],
  });
  data = await openDataset(configuration.data);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await data.dataset.close();
  await device.close();
});

describe('a run with a cache of features', () => {
  /** Trains up to a step. */
  async function run(name: string, training: Partial<TrainingConfiguration['training']>, until?: number) {
    const own = { ...configuration, training: { ...configuration.training, ...training } };
    const files = runFolder(join(folder, name));
    await writeJson(files.configuration, own);
    const interruption = new Interruption();
    const progress: StepProgress['cache'][] = [];
    const notes: string[] = [];
    const events = {
      onStep({ step }: StepRow, { cache }: StepProgress) {
        progress.push(cache);
        interruption.requested = step === until;
      },
    };
    const note = (sentence: string) => notes.push(sentence);
    await train({ configuration: own, folder: files, device, data, events, interruption, note });
    return { files, progress, notes };
  }
  const lossesOf = (metrics: string) =>
    readFileSync(metrics, 'utf8')
      .split('\n')
      .flatMap((line) => (line.includes('"gradientNorm"') ? (JSON.parse(line) as StepRow) : []));

  it('has the losses of one without, to a thousandth, and comes out the same where it is killed and resumed', async () => {
    const calls = vi.spyOn(LlmMde.prototype, 'visionFeatures');
    const without = await run('without', { featureCache: null });
    expect(calls).not.toHaveBeenCalled();
    const cached = await run('cached', {});
    const [expected, steps] = [lossesOf(without.files.metrics), lossesOf(cached.files.metrics)];
    expect(steps.length).toBe(expected.length);
    // Two variants take turns: in the third epoch, a run without a cache sees new ones.
    for (const { step, loss } of expected.slice(0, (2 / 3) * expected.length)) {
      expect(Math.abs(steps[step - 1]!.loss / loss - 1), `step ${step}`).toBeLessThan(1e-3);
    }
    const { frames, total, bytes } = cached.progress.at(-1)!;
    expect(total).toBe(2 * data.train.length);
    // Each was computed once: the third epoch has the first one's frames.
    expect(calls).toHaveBeenCalledTimes(frames);
    expect(frames).toBeLessThan(configuration.training.batchSize * steps.length);
    expect(bytes / frames).toBeGreaterThan(2 * 16 * 64);
    expect(existsSync(cached.files.features)).toBe(false);

    const stopped = await run('parts', {}, 3);
    const names = readdirSync(stopped.files.features);
    expect(stopped.progress.at(-1)!.frames).toBe(names.length);
    for (const name of names) truncateSync(join(stopped.files.features, name), 100);
    const resumed = await run('parts', {});
    // The third epoch has the frames of the first.
    expect(resumed.notes.length).toBeGreaterThanOrEqual(configuration.training.batchSize);
    for (const note of resumed.notes) expect(note).toContain(' is damaged or gone: its features are computed again.');
    expect(readFileSync(resumed.files.metrics, 'utf8')).toBe(readFileSync(cached.files.metrics, 'utf8'));
    expect(existsSync(resumed.files.features)).toBe(false);
  });

  it('is refused where the vision tower is trained', async () => {
    const set = ['training.featureCache={}'];
    await expect(resolveConfiguration({ set })).rejects.toThrow(
      '"training.featureCache" needs a vision tower that is not trained: set "model.vision.lora" to null',
    );
    expect(configuration.training.featureCache).toEqual({ variants: 2, maxGigabytes: 10 });
  });
});

describe('FeatureCache', () => {
  let model: LlmMde;
  let examples: TrainingExample[];
  beforeAll(async () => {
    model = await LlmMde.create(configuration.model, { compiler: device.compile });
    const frames = await Promise.all(data.train.slice(0, 2).map((id) => data.dataset.read(id)));
    examples = frames.map(({ image, depth }) => ({ image, depth }));
  });
  afterAll(() => model.dispose());

  const open = async (name: string, featureCache = configuration.training.featureCache, notes: string[] = []) => {
    const training = { ...configuration.training, featureCache };
    const cache = await FeatureCache.open({
      ...{ model, folder: join(folder, name), training, frames: 2 },
      note: (sentence) => notes.push(sentence),
    });
    return cache!;
  };

  it('computes once, and leaves no tensors', async () => {
    const cache = await open('once');
    const first = await cache.addTo(examples);
    const { numTensors } = tf.memory();
    const calls = vi.spyOn(model, 'visionFeatures');
    expect(await cache.addTo(examples)).toEqual(first);
    expect(await (await open('once')).addTo(examples)).toEqual(first);
    expect(calls).not.toHaveBeenCalled();
    expect(await (await open('anew')).addTo(examples)).toEqual(first);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(cache.progress).toMatchObject({ frames: 2, total: 4 });
  });

  it('says once that it is too small, and computes what does not fit each time', async () => {
    const notes: string[] = [];
    const cache = await open('small', { variants: 2, maxGigabytes: 3e-6 }, notes);
    expect(notes).toEqual([
      expect.stringMatching(/^The features of 4 frames take \d\.\d GB, but training.featureCache.maxGigabytes is /),
    ]);
    const calls = vi.spyOn(model, 'visionFeatures');
    const added = [await cache.addTo(examples), await cache.addTo(examples)];
    expect(added[1]).toEqual(added[0]);
    expect(calls).toHaveBeenCalledTimes(3);
    expect(cache.progress.frames).toBe(1);
    expect(notes).toHaveLength(1);
  });

  it('takes nothing of a tower with other weights', async () => {
    await (await open('tower')).addTo(examples);
    expect((await open('tower')).progress.frames).toBe(2);
    const [, weight] = [...model.network.vision.namedParameters()][0]!;
    const values = (await weight.value.data<'float32'>()).slice();
    values[0]! += 1;
    weight.load(values);
    expect((await open('tower')).progress.frames).toBe(0);
  });
});
