import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SafetensorsFile } from '@llm-mde/checkpoints';
import { LanguageModel } from '@llm-mde/language-model';
import { loadAdapter } from '@llm-mde/lora';
import { VisionEncoder } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stateSource } from '../files/load-network.js';
import { LlmMde } from '../index.js';
import { waves } from '../testing/patterns.js';
import { giveAdaptersValues, smallConfiguration } from '../testing/small-model.js';
import { exportAdapters, exportSafetensors } from './index.js';

const without = { vision: { lora: null }, language: { lora: null } };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-mde-export-weights-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function makeModel(): Promise<LlmMde> {
  const model = await LlmMde.create(smallConfiguration());
  giveAdaptersValues(model);
  return model;
}

async function expectSamePrediction(one: LlmMde, other: LlmMde): Promise<void> {
  const [expected, actual] = [await one.predict(waves(3)), await other.predict(waves(3))];
  const errors = expected.depth.map((metres, pixel) => Math.abs(metres - actual.depth[pixel]!));
  expect(Math.max(...errors)).toBeLessThan(1e-4);
}

it('writes weights that give the same depth without adapters, and leaves the model as it was', async () => {
  const model = await makeModel();
  // Parameters are made on first use.
  await exportSafetensors(model, join(folder, 'merged'));
  const { numTensors } = tf.memory();
  await exportSafetensors(model, join(folder, 'merged'));
  expect(tf.memory().numTensors).toBe(numTensors);
  expect((await readdir(join(folder, 'merged'))).sort()).toEqual(['language', 'model.safetensors', 'vision']);
  const plain = await LlmMde.create(smallConfiguration(without, { seed: 5 }));
  const [vision, language] = [
    await VisionEncoder.fromPretrained(join(folder, 'merged/vision')),
    await LanguageModel.fromPretrained(join(folder, 'merged/language')),
  ];
  expect(vision.configuration).toEqual(model.network.vision.configuration);
  const { size, ...preprocessing } = vision.preprocessor.configuration;
  expect(size).toEqual({ height: model.configuration.imageSize, width: model.configuration.imageSize });
  expect(preprocessing).toMatchObject({ resample: model.network.vision.preprocessor.configuration.resample });
  await plain.network.vision.loadStateDict(await vision.stateDict());
  await plain.network.language.loadStateDict(await language.stateDict());
  const weights = await SafetensorsFile.fromBytes(await readFile(join(folder, 'merged/model.safetensors')));
  for (const name of ['reprogramming', 'head'] as const) {
    await plain.network[name].loadStateDict(stateSource(weights, `${name}.`));
  }
  await expectSamePrediction(model, plain);
  for (const part of [vision, language, model, plain]) await part.dispose();
});

it("writes adapters in PEFT's files", async () => {
  const model = await makeModel();
  await exportAdapters(model, join(folder, 'adapters'));
  expect((await readdir(join(folder, 'adapters'))).sort()).toEqual(['language_adapter', 'vision_adapter']);
  const plain = await LlmMde.create(smallConfiguration(without));
  for (const tower of ['vision', 'language'] as const) {
    await loadAdapter(plain.network[tower], join(folder, 'adapters', `${tower}_adapter`));
  }
  await expectSamePrediction(model, plain);
  await expect(exportAdapters(plain, join(folder, 'none'))).rejects.toThrow('This model has no adapters');
  await model.dispose();
  await plain.dispose();
});
