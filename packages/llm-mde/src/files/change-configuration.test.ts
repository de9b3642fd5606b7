import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from '@llm-mde/compile';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';
import { example, waves } from '../testing/patterns.js';
import { createModel, loadModel, smallConfiguration } from '../testing/small-model.js';
import { setDepthScale } from './change-configuration.js';

const folder = temporaryFolder();

it.each([true, false])('scales all depth of a saved model; compiled: %s', async (compiled) => {
  const options = compiled ? { compiler: compile } : {};
  const model = await createModel(smallConfiguration(), options);
  await model.save(folder.path);
  const before = await readFile(join(folder.path, 'config.json'), 'utf8');
  const { depth } = await model.predict(waves(1));
  for (const factor of [1.3, 0.5]) {
    await setDepthScale(folder.path, factor);
    const scaled = await (await loadModel(folder.path, options)).predict(waves(1));
    for (const [pixel, metres] of depth.entries()) expect(scaled.depth[pixel]).toBeCloseTo(factor * metres, 5);
  }
  await setDepthScale(folder.path, 1);
  expect(await readFile(join(folder.path, 'config.json'), 'utf8')).toBe(before);
});

it('scales depth in training too: what is trained is what is predicted', async () => {
  const lossAt = async (depthScale: number) => {
    const model = await createModel(smallConfiguration({ depthScale, reprogramming: { dropout: 0 } }));
    const { depth, ...rest } = example(1);
    return (await model.trainStep([{ ...rest, depth: depth.map((metres) => metres * depthScale) }])).loss;
  };
  expect(await lossAt(2)).toBeCloseTo(await lossAt(1), 5);
});

it('refuses what is no factor and a model that is damaged, and changes nothing', async () => {
  await (await createModel(smallConfiguration())).save(folder.path);
  const file = join(folder.path, 'config.json');
  const before = await readFile(file, 'utf8');
  await expect(setDepthScale(folder.path, 0)).rejects.toThrow('"depthScale" is 0, but should be a positive number');
  expect(await readFile(file, 'utf8')).toBe(before);
  await writeFile(file, before.replace('"seed": 0', '"seed": 1'));
  await expect(setDepthScale(folder.path, 2)).rejects.toThrow('config.json');
  await expect(setDepthScale(join(folder.path, 'none'), 2)).rejects.toThrow('config.json is missing');
});
