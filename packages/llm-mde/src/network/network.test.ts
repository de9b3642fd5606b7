import { compile } from '@llm-mde/compile';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';
import type { LlmMdeOptions } from '../configuration/configuration.js';
import { example, largestDifference, waves } from '../testing/patterns.js';
import { createModel, loadModel, smallConfiguration } from '../testing/small-model.js';

const folder = temporaryFolder();

it.each<[string, LlmMdeOptions]>([
  [
    'several layers and log depth',
    {
      vision: { configuration: { ...smallConfiguration().vision.configuration!, layerCount: 2 } },
      head: { layers: [1, 2] },
    },
  ],
  ['prototypes of low rank', { reprogramming: { mapping: 'low-rank', mappingRank: 4 } }],
  ['prototypes made by k-means', { reprogramming: { mapping: 'clusters', prototypeCount: 8 } }],
])('trains, is saved and loaded with %s', async (_, changes) => {
  const head: LlmMdeOptions['head'] = { channels: [12, 8], imageSkip: false, output: 'log', ...changes.head };
  const model = await createModel(smallConfiguration(changes, { head, reprogramming: { dropout: 0 } }), {
    compiler: compile,
  });
  const batch = [example(1), example(2)];
  const { loss: before } = await model.trainStep(batch);
  for (let step = 0; step < 8; step++) await model.trainStep(batch);
  expect((await model.trainStep(batch)).loss).toBeLessThan(0.7 * before);
  await model.save(folder.path);
  const loaded = await loadModel(folder.path, { compiler: compile });
  const [actual, expected] = [await loaded.predict(waves(1)), await model.predict(waves(1))];
  // The weights of a model in training are variables of its graphs, those of another constants, which are folded: they differ in the last digit.
  expect(largestDifference(actual.depth, expected.depth)).toBeLessThan(1e-5);
});

it.each<[LlmMdeOptions['head'], string]>([
  [
    { layers: [2], channels: [8] },
    '"head.layers" is 2, but should be blocks of the vision encoder in order, from 1 to 1.',
  ],
  [{ layers: [1] }, '"head.channels" has 2 numbers, but "head.layers" 1: give one for each.'],
  [{ layers: [1], channels: [8], imageSkip: true }, 'a head with "layers" has no image skip.'],
])('refuses what does not fit: %j', async (head, message) => {
  await expect(createModel(smallConfiguration({ head: { imageSkip: false } }, { head: head! }))).rejects.toThrow(
    message,
  );
});
