import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Device, openDevice } from '@llm-mde/backend';
import * as tf from '@tensorflow/tfjs-core';
import { configure, preset } from 'llm-mde';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveConfiguration } from '../config/resolve.js';
import { writeRooms } from '../data/write.js';
import { isFinished } from '../run/run-folder.js';
import { Interruption } from '../train/interruption.js';
import { planRuns } from '../train/train-plan.js';
import { ablate, writeAblation } from './ablate.js';
import { variantsOf } from './variants.js';

describe('variantsOf', () => {
  const namesOf = (...parameters: Parameters<typeof variantsOf>) => variantsOf(...parameters).map(({ name }) => name);

  it('leaves out what the whole model is already', () => {
    const names = namesOf(preset('tiny'), { layers: [1], languages: ['anna/bert', '/models/smol/'] });
    expect(names).toEqual([
      'whole',
      'no-language-model',
      'attention-layer',
      'random-frozen',
      'pretrained-frozen',
      'layers-1',
      'language-bert',
      'language-smol',
      'fixed-prompt',
      'scene-prompt',
      'no-prompt',
      'prototypes-low-rank',
      'prototypes-clusters',
      'int8-frozen',
    ]);
    const other = configure(preset('tiny'), { prompt: { style: 'none' }, language: { lora: null } });
    expect(namesOf(other, { layers: [], languages: [] })).toContain('adaptive-prompt');
    expect(namesOf(other, { layers: [], languages: [] })).not.toContain('pretrained-frozen');
  });
});

describe('ablate', () => {
  let folder: string;
  let device: Device;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-mde-ablate-'));
    await writeRooms(join(folder, 'rooms'), 'labeled', { count: 28, seed: 2, width: 24, height: 18, viewsPerRoom: 1 });
    await writeRooms(join(folder, 'others'), 'pairs', { count: 4, seed: 3, width: 24, height: 18, viewsPerRoom: 1 });
    device = await openDevice();
  });
  afterAll(async () => {
    await device.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('compares variants over seeds, on other frames too, and has the same figures where it was stopped and resumed', async () => {
    const before = tf.memory().numTensors;
    const base = await resolveConfiguration({
      set: [
        'data.numWorkers=0',
        'training.epochs=1',
        'training.warmupSteps=0',
        `data.path=${JSON.stringify(join(folder, 'rooms'))}`,
      ],
    });
    const variants = variantsOf(base.model, { layers: [], languages: [] }).filter(({ name }) =>
      ['whole', 'attention-layer'].includes(name),
    );
    const names = variants.map(({ name }) => name);
    const also = [join(folder, 'others')];
    const run = async (name: string, stopAfter?: number) => {
      const plan = planRuns(join(folder, name), names, [0, 1]);
      const interruption = new Interruption();
      const options = { base, variants, plan, also, device, events: {}, note: () => {}, shard: { index: 0, count: 1 } };
      if (stopAfter !== undefined) {
        const events = {
          onStep: () => {
            if (plan.filter((each) => isFinished(each.folder)).length === stopAfter) interruption.requested = true;
          },
        };
        await expect(ablate({ ...options, events, interruption })).rejects.toThrow('Saved.');
        expect(plan.filter((each) => isFinished(each.folder))).toHaveLength(stopAfter);
        await ablate({ ...options, interruption: new Interruption() });
      } else await ablate({ ...options, interruption });
      await writeAblation({ folder: join(folder, name), plan, variants, also, facts: [] });
      return JSON.parse(await readFile(join(folder, name, 'ablation.json'), 'utf8'));
    };
    const whole = await run('at-once');
    expect(whole.results.map(({ dataset }: { dataset: string }) => dataset)).toEqual(['Test frames', 'others']);
    for (const { rows } of whole.results) {
      expect(rows.map(({ measured }: { measured: { seeds: number[] } }) => measured.seeds)).toEqual([
        [0, 1],
        [0, 1],
      ]);
    }
    expect(await run('stopped', 1)).toEqual(whole);
    await expect.poll(() => tf.memory().numTensors).toBe(before);
  });
});
