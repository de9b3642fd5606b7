import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSource, memoryFiles } from '@llm-mde/checkpoints';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { waves } from '../testing/patterns.js';
import { loadModel } from '../testing/small-model.js';
import { tinyModelFiles } from '../testing/tiny-model.js';
import { readConfiguration } from './load-network.js';
import { towerFiles } from './tower-files.js';

const temporary = temporaryFolder();
/** A saved model without its towers, by the path of each file. */
let model: Map<string, Uint8Array>;
/** Files of its towers, by their path beside the model. */
let towers: Map<string, Uint8Array>;
let depth: Float32Array;

const text = (content: string) => new TextEncoder().encode(content);
const depthOf = async (source: string | FileSource) => (await (await loadModel(source)).predict(waves(5))).depth;

/** As on a machine that has the towers in a folder of its own, and nothing else of them. */
beforeEach(async () => {
  const files = tinyModelFiles();
  const configuration = await readConfiguration(files);
  // The tiny BERT reads 64 tokens, fewer than a prompt has in its small vocabulary.
  configuration.prompt.style = 'none';
  await mkdir(join(temporary.path, 'machine'));
  for (const [tower, name] of [
    ['vision', 'some-vit'],
    ['language', 'some-bert'],
  ] as const) {
    await cp(configuration[tower].pretrained!, join(temporary.path, 'machine', name), { recursive: true });
    configuration[tower].pretrained = `nobody/${name}`;
  }
  vi.stubEnv('LLM_MDE_TOWERS', join(temporary.path, 'machine'));
  const folder = join(temporary.path, 'model');
  const config = text(JSON.stringify({ model_type: 'llm-mde', format_version: 1, ...configuration }));
  const loaded = await loadModel({
    ...files,
    read: async (path) => (path === 'config.json' ? config : files.read(path)),
  });
  depth = (await loaded.predict(waves(5))).depth;
  await loaded.save(folder);
  model = await contentOf(folder);
  const places = await towerFiles(folder, loaded.configuration);
  towers = new Map();
  for (const [path, place] of places) towers.set(path, await readFile(place));
  vi.stubEnv('LLM_MDE_TOWERS', '');
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  vi.stubEnv('HF_HUB_CACHE', join(temporary.path, 'cache'));
});
afterEach(() => vi.unstubAllEnvs());

it('are what a model needs to load without the hub', async () => {
  expect([...towers.keys()].sort()).toEqual([
    'towers/language/config.json',
    'towers/language/model.safetensors',
    'towers/language/tokenizer.json',
    'towers/language/tokenizer_config.json',
    'towers/vision/config.json',
    'towers/vision/model.safetensors',
    'towers/vision/preprocessor_config.json',
  ]);
  await expect(depthOf(memoryFiles(model))).rejects.toThrow('nobody/some-vit');
  expect(await depthOf(memoryFiles(new Map([...model, ...towers])))).toEqual(depth);
});

it('are found beside the model, which nothing is then saved over', async () => {
  const folder = join(temporary.path, 'model');
  const configuration = await readConfiguration(memoryFiles(model));
  await expect(towerFiles(folder, configuration)).rejects.toThrow('nobody/some-vit');
  for (const [path, content] of towers) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const places = await towerFiles(folder, configuration);
  expect([...places].sort()).toEqual([...towers.keys()].sort().map((path) => [path, join(folder, path)]));
  expect(await depthOf(folder)).toEqual(depth);
  await expect((await loadModel(folder)).save(folder)).rejects.toThrow('which saving a model there would delete');
  expect(await depthOf(folder)).toEqual(depth);
});

it('are compared with the checksums that list them', async () => {
  const path = 'towers/vision/model.safetensors';
  const sum = createHash('sha256').update(towers.get(path)!).digest('hex');
  const listed = `${new TextDecoder().decode(model.get('SHA256SUMS'))}${sum}  ${path}\n`;
  const files = new Map([...model, ...towers, ['SHA256SUMS', text(listed)]]);
  expect(await depthOf(memoryFiles(files))).toEqual(depth);
  const damaged = Uint8Array.from(towers.get(path)!);
  damaged[damaged.length - 1]! ^= 4;
  files.set(path, damaged);
  await expect(depthOf(memoryFiles(files))).rejects.toThrow(`${path} of the model in memory is damaged`);
});

async function contentOf(folder: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = async (path: string) => [path.slice(folder.length + 1), new Uint8Array(await readFile(path))] as const;
  return new Map(await Promise.all(paths.map(read)));
}
