import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Device, openDevice } from '@llm-mde/backend';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfiguration } from '../config/resolve.js';
import { writeRooms } from '../data/write.js';
import { isFinished } from '../run/run-folder.js';
import { Interruption } from '../train/interruption.js';
import { planRuns } from '../train/train-plan.js';
import { configureRun } from './configure-run.js';
import { PAPER_TABLES, type RunName, runsOf } from './paper-tables.js';
import { reproduce } from './reproduce.js';
import { writeTables } from './write-tables.js';

const base = await resolveConfiguration({ set: ['data.numWorkers=0', 'training.epochs=1'] });

describe('configureRun', () => {
  // Six scene types of three scenes with three frames each; the last scene is for testing.
  const types = ['bedroom', 'bathroom', 'dining_room', 'kitchen', 'living_room', 'study'];
  const ids = (scenes: number[]) =>
    types.flatMap((type) => scenes.flatMap((scene) => [1, 2, 3].map((frame) => `${type}_000${scene}/${frame}`)));
  const typeOf = (id: string) => id.replace(/_\d+\/.*/, '');
  const frame = (id: string) => ({ id, scene: id.replace(/\/.*/, ''), sceneType: typeOf(id) });
  const data = { train: ids([1, 2]), validation: [], test: ids([3]), dataset: { frame } };

  const configured = (run: RunName, seed = 0, preset: 'tiny' | 'paper' = 'tiny') =>
    configureRun(run, { preset, base, data, seed, imagesPerGroup: 3 });

  it("has the paper's schemes, at the scale of the preset", () => {
    const facts = (run: RunName) => {
      const { model, training } = configured(run);
      const { vision, language, optimization } = model;
      return [
        vision.lora!.rank,
        vision.lora!.alpha,
        language.lora!.rank,
        training.batchSize,
        optimization.learningRate / base.model.optimization.learningRate,
      ];
    };
    expect(facts('scheme-3')).toEqual([8, 16, 3, 8, 1]);
    expect(facts('scheme-2')).toEqual([16, 16, 3, 8, 1]);
    expect(facts('scheme-4')).toEqual([8, 16, 3, 8, 5]);
    expect(facts('scheme-7')).toEqual([8, 16, 1, 8, 1]);
    expect(facts('scheme-8')).toEqual([8, 16, 3, 12, 1]);
    const paper = configured('scheme-6', 0, 'paper');
    expect([paper.model.vision.lora!.rank, paper.model.vision.lora!.alpha, paper.training.batchSize]).toEqual([
      160, 320, 32,
    ]);
  });

  it('changes what each ablation is about', () => {
    const { model } = configured('no-language-model');
    expect([model.language.mode, model.language.lora, model.prompt.style]).toEqual(['absent', null, 'none']);
    expect(configured('frozen').model.vision.lora).toBeNull();
    expect(configured('frozen-language').model.vision.lora).not.toBeNull();
    expect(configured('fixed-prompt').model.prompt.style).toBe('fixed');
  });

  it('draws the frames of Tables I and II by seed, and tests zero-shot on types that neither training nor validation has', () => {
    const typesOf = (ids: readonly string[]) => new Set(ids.map(typeOf));
    const listed = (value: unknown) => value as string[];
    const shots = listed(configured('2-shot').data.train);
    expect([shots.length, [...typesOf(shots)]]).toEqual([3, ['bedroom', 'bathroom']]);
    expect(configured('2-shot').data.train).toEqual(shots);
    expect(configured('2-shot', 1).data.train).not.toEqual(shots);
    expect(typesOf(listed(configured('few-shot').data.train)).size).toBe(
      listed(configured('few-shot').data.train).length,
    );
    const { train, validation, test } = configured('zero-shot').data;
    expect(typesOf([...listed(train), ...listed(validation)])).toEqual(new Set(['bedroom']));
    expect(typesOf(listed(test))).toEqual(new Set(['bathroom', 'dining_room', 'kitchen', 'living_room']));
  });
});

describe('reproduce', () => {
  let folder: string;
  let rooms: string;
  let device: Device;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-mde-reproduce-'));
    rooms = join(folder, 'rooms');
    await writeRooms(rooms, 'labeled', { count: 84, seed: 2, width: 24, height: 18, viewsPerRoom: 1 });
    device = await openDevice();
  });
  afterAll(async () => {
    await device.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('does the runs in shards, none of them twice, and writes the tables', async () => {
    const before = tf.memory().numTensors;
    const events = {};
    const runs = runsOf(PAPER_TABLES).filter((run) => run === 'few-shot' || run === '1-shot');
    const onRooms = { ...base, data: { ...base.data, path: rooms } };
    const tablesFolder = join(folder, 'tables');
    const plan = planRuns(tablesFolder, runs, [0]);
    const options = {
      ...{ plan, preset: 'tiny' as const, base: onRooms, imagesPerGroup: 2 },
      ...{ device, events, interruption: new Interruption(), note: () => {} },
    };
    await reproduce({ ...options, shard: { index: 0, count: 2 } });
    const done = () => plan.map((run) => isFinished(run.folder));
    expect(done()).toEqual([true, false]);
    const first = (await stat(plan[0]!.folder.results)).mtimeMs;
    const begun: string[] = [];
    await reproduce({ ...options, shard: { index: 0, count: 1 }, onRun: ({ name }) => begun.push(name) });
    expect([begun, done()]).toEqual([['few-shot'], [true, true]]);
    expect((await stat(plan[0]!.folder.results)).mtimeMs).toBe(first);

    const interruption = new Interruption();
    interruption.requested = true;
    await rm(plan[1]!.folder.results);
    await expect(reproduce({ ...options, interruption, shard: { index: 0, count: 1 } })).rejects.toThrow('Stopped.');
    expect(isFinished(plan[1]!.folder)).toBe(false);
    await reproduce({ ...options, shard: { index: 0, count: 1 } });

    const tables = PAPER_TABLES.filter(({ number }) => number === 1);
    await writeTables({ folder: tablesFolder, tables, plan, base: onRooms, device, facts: ['Device: test'] });
    await expect.poll(() => tf.memory().numTensors).toBe(before);
    const page = await readFile(join(tablesFolder, 'table-1.html'), 'utf8');
    expect(page.match(/<img /g)).toHaveLength(4 * (2 + 2));
    expect(JSON.parse(await readFile(join(tablesFolder, 'table-1.json'), 'utf8')).rows).toHaveLength(3);
    expect(existsSync(join(tablesFolder, 'table-1.md'))).toBe(true);
  });
});
