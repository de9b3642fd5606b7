import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SafetensorsFile } from '@llm-mde/checkpoints';
import { LanguageModel } from '@llm-mde/language-model';
import { loadAdapter } from '@llm-mde/lora';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expectNoTensorsLeft } from '@llm-mde/tooling-vitest/testing/tensors';
import { VisionEncoder } from '@llm-mde/vision-encoder';
import { expect, it } from 'vitest';
import { stateSource } from '../files/load-network.js';
import { NewModules } from '../files/save-network.js';
import type { LlmMde } from '../index.js';
import { largestDifference, waves } from '../testing/patterns.js';
import { createModel, giveAdaptersValues, smallConfiguration } from '../testing/small-model.js';
import { exportAdapters, exportSafetensors } from './index.js';

const without = { vision: { lora: null }, language: { lora: null } };

const folder = temporaryFolder();

async function makeModel(): Promise<LlmMde> {
  const model = await createModel(smallConfiguration());
  giveAdaptersValues(model);
  return model;
}

async function expectSamePrediction(one: LlmMde, other: LlmMde): Promise<void> {
  const [expected, actual] = [await one.predict(waves(3)), await other.predict(waves(3))];
  expect(largestDifference(actual.depth, expected.depth)).toBeLessThan(1e-4);
}

it('writes weights that give the same depth without adapters, and leaves the model as it was', async () => {
  const model = await makeModel();
  await expectNoTensorsLeft(() => exportSafetensors(model, join(folder.path, 'merged')));
  expect((await readdir(join(folder.path, 'merged'))).sort()).toEqual(['language', 'model.safetensors', 'vision']);
  const plain = await createModel(smallConfiguration(without, { seed: 5 }));
  const [vision, language] = [
    await VisionEncoder.fromPretrained(join(folder.path, 'merged/vision')),
    await LanguageModel.fromPretrained(join(folder.path, 'merged/language')),
  ];
  const activations = { activation: 'gelu', poolerActivation: 'tanh' };
  expect(vision.configuration).toEqual({ ...activations, ...model.network.vision.configuration });
  const { size, ...preprocessing } = vision.preprocessor.configuration;
  expect(size).toEqual({ height: model.configuration.imageSize, width: model.configuration.imageSize });
  expect(preprocessing).toMatchObject({ resample: model.network.vision.preprocessor.configuration.resample });
  await plain.network.vision.loadStateDict(await vision.stateDict());
  await plain.network.language.loadStateDict(await language.stateDict());
  const weights = await SafetensorsFile.fromBytes(await readFile(join(folder.path, 'merged/model.safetensors')));
  await new NewModules(plain.network).loadStateDict(stateSource(weights));
  await expectSamePrediction(model, plain);
});

it("writes adapters in PEFT's files", async () => {
  const model = await makeModel();
  await exportAdapters(model, join(folder.path, 'adapters'));
  expect((await readdir(join(folder.path, 'adapters'))).sort()).toEqual(['language_adapter', 'vision_adapter']);
  const plain = await createModel(smallConfiguration(without));
  for (const tower of ['vision', 'language'] as const) {
    await loadAdapter(plain.network[tower], join(folder.path, 'adapters', `${tower}_adapter`));
  }
  await expectSamePrediction(model, plain);
  await expect(exportAdapters(plain, join(folder.path, 'none'))).rejects.toThrow('This model has no adapters');
});
