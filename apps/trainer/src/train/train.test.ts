import { rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Device, openDevice } from '@llm-mde/backend';
import { writeLabeled, writeSplits } from '@llm-mde/nyu';
import { generateFrames, splitByScene } from '@llm-mde/rooms';
import * as tf from '@tensorflow/tfjs-core';
import { MODULE_NAMES, modelCardText, readModelCard } from 'llm-mde';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeJson } from '../config/json-file.js';
import { resolveConfiguration } from '../config/resolve.js';
import type { TrainingConfiguration } from '../config/schema.js';
import { type OpenDataset, openDataset } from '../data/open.js';
import { resultText } from '../evaluate/results.js';
import type { TestedFrames } from '../report/tested-frames.js';
import { describeEnvironment } from '../run/environment.js';
import { type RunFolder, runFolder } from '../run/run-folder.js';
import { finishRun } from './finish-run.js';
import { Interruption } from './interruption.js';
import { train } from './train.js';
import { trainAndTest } from './train-and-test.js';

describe('train', () => {
  let folder: string;
  let device: Device;
  let data: OpenDataset;
  let configuration: TrainingConfiguration;
  /** Tensors before any model was made. */
  let before: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-mde-train-'));
    const path = join(folder, 'nyu_depth_v2_labeled.mat');
    const scenes = await writeLabeled(path, generateFrames({ count: 24, width: 32, height: 24, seed: 3 }));
    await writeSplits(join(folder, 'splits.mat'), splitByScene(scenes, 0.75));
    device = await openDevice();
    before = tf.memory().numTensors;
    configuration = await resolveConfiguration({
      set: [
        `data.path=${JSON.stringify(path)}`,
        'data.numWorkers=0',
        'data.validationFraction=0.2',
        'training.epochs=2',
        'training.batchSize=4',
        'training.saveSteps=2',
        'model.reprogramming.dropout=0.1',
        'model.optimization.averageDecay=0.9',
      ],
    });
    data = await openDataset(configuration.data);
  });
  afterAll(async () => {
    await data.dataset.close();
    await device.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('comes out the same, to the byte, where it is interrupted and resumed', async () => {
    const whole = await begin('whole');
    expect((await train({ configuration, folder: whole, device, data })).ended).toBe('epochs');

    const parts = await begin('parts');
    const interruption = new Interruption();
    const events = {
      onStep({ step }: { step: number }) {
        interruption.requested = step === 2;
      },
    };
    const stopped = await train({ configuration, folder: parts, device, data, events, interruption });
    expect(stopped).toMatchObject({ step: 2, epoch: 0, ended: null });
    // What a killed program leaves: rows of steps that were not saved, and half-written folders.
    await writeFile(parts.metrics, `${await readFile(parts.metrics, 'utf8')}{"step":3,"loss":0}\n`);
    await writeFile(join(parts.path, `last.${crypto.randomUUID()}.tmp`), 'half');
    expect((await train({ configuration, folder: parts, device, data })).ended).toBe('epochs');

    expect(await readFile(parts.metrics, 'utf8')).toBe(await readFile(whole.metrics, 'utf8'));
    for (const name of ['last', 'best'] as const) {
      for (const file of await readdir(whole[name], { recursive: true, withFileTypes: true })) {
        if (!file.isFile()) continue;
        const path = join(file.parentPath, file.name).slice(whole.path.length);
        expect((await readFile(join(parts.path, path))).equals(await readFile(join(whole.path, path))), path).toBe(
          true,
        );
      }
    }
    expect((await readdir(parts.path)).filter((name) => /partial|old|tmp/.test(name))).toEqual([]);
  });

  it('is tested beside the baselines, with a report, and leaves no tensor', async () => {
    const run = runFolder(join(folder, 'whole'));
    await writeJson(run.environment, describeEnvironment(device));
    const results = await finishRun({ configuration, folder: run, device, data });
    // A compiled prediction's merged weights go when its engine has let them go.
    await expect.poll(() => tf.memory().numTensors).toBe(before);
    for (const { metrics } of [results.model, results.mean, results.meanPerPixel]) {
      expect(metrics.images).toBe(results.frames);
      expect(metrics.absRel).toBeGreaterThan(0);
    }
    const report = await readFile(run.report, 'utf8');
    expect(report).toContain('mean depth per pixel');
    const tested = JSON.parse(await readFile(run.tested, 'utf8')) as TestedFrames;
    expect(tested.frames).toHaveLength(results.frames);
    for (const { id, absRel } of tested.examples) {
      expect(absRel).toBe(tested.frames.find((frame) => frame.id === id)!.absRel);
    }
    expect(report).toContain('<h3>Worst by AbsRel</h3>');
    const card = await readModelCard(run.path);
    const { absRel, delta1, rmse } = results.meanPerPixel.metrics;
    expect(card!.test).toEqual({
      frames: results.frames,
      delta1: expect.any(Number),
      absRel: results.model.metrics.absRel,
      rmse: results.model.metrics.rmse,
      baseline: { absRel, delta1, rmse },
    });
    expect(card!.command).toMatch(/^llm-mde train --data nyu_depth_v2_labeled\.mat --set .*training\.saveSteps=2/);
    const page = await readFile(join(run.best, 'README.md'), 'utf8');
    expect(page).toContain(`\n\`\`\`sh\n${card!.command}\n\`\`\`\n`);
    expect(page).not.toContain(folder);
    expect(await readFile(join(run.best, 'SHA256SUMS'), 'utf8')).toMatch(/ {2}README\.md$/m);
    expect(modelCardText(card!)).toMatch(/^Trained on .* \(\d+ frames.*\); on \d+ test frames its metres are off by/);
    expect(report).toContain(modelCardText(card!));
    expect(await finishRun({ configuration, folder: run, device, data })).toEqual(JSON.parse(JSON.stringify(results)));
  });

  it('is tested beside the model that it began with', async () => {
    const [from, run] = [runFolder(join(folder, 'whole')), await begin('tuned')];
    const tuned = structuredClone(configuration);
    tuned.training.initFrom = { model: from.best, modules: [...MODULE_NAMES] };
    tuned.training.epochs = 1;
    await train({ configuration: tuned, folder: run, device, data });
    await writeJson(run.environment, describeEnvironment(device));
    const results = await finishRun({ configuration: tuned, folder: run, device, data });
    expect(results.before).toEqual(JSON.parse(await readFile(from.results, 'utf8')).model);
    expect(results.model.metrics).not.toEqual(results.before!.metrics);
    expect(resultText(results, tuned, run)).toMatch(/^trained model .*\nbefore fine-tuning .*\nmean depth /m);
    expect(await readFile(run.report, 'utf8')).toContain('before fine-tuning');
  });

  it('that can not begin leaves nothing in the way', async () => {
    const run = runFolder(join(folder, 'unbegun'));
    const broken = structuredClone(configuration);
    broken.model.vision.pretrained = join(folder, 'nowhere');
    const options = { configuration: broken, folder: run, device, data, note: () => {} };
    await expect(trainAndTest(options)).rejects.toThrow(/^There is no folder .*nowhere/);
    expect(await readdir(run.path)).toEqual([]);
  });

  it('says that its checkpoint is gone where the folder was removed', async () => {
    const run = await begin('removed');
    const events = { onStep: ({ step }: { step: number }) => step === 3 && rmSync(run.path, { recursive: true }) };
    await expect(train({ configuration, folder: run, device, data, events })).rejects.toThrow(
      `The checkpoint ${run.last} is gone: it was removed.`,
    );
  });

  it('stops at a loss that is not a number, names the frames, and keeps the last checkpoint', async () => {
    const run = await begin('spoiled');
    const spoiled = structuredClone(configuration);
    spoiled.model.optimization.learningRate = 1e30;
    spoiled.model.optimization.maximumGradientNorm = null;
    spoiled.training.warmupSteps = 0;
    await expect(train({ configuration: spoiled, folder: run, device, data })).rejects.toThrow(
      /The batch contains (\w+_0000\/\d+, ){3}/,
    );
  });

  async function begin(name: string): Promise<RunFolder> {
    const run = runFolder(join(folder, name));
    await writeJson(run.configuration, configuration);
    return run;
  }
});
