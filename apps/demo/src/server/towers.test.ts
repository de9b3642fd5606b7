import { join } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { startDemoServer } from '../testing/demo-server.js';
import { type PretrainedModel, savePretrainedModel } from '../testing/pretrained-model.js';
import { ModelRegistry } from './models.js';

let saved: PretrainedModel;
const TOWER_FILES = [
  'towers/language/config.json',
  'towers/language/model.safetensors',
  'towers/language/tokenizer.json',
  'towers/language/tokenizer_config.json',
  'towers/vision/config.json',
  'towers/vision/model.safetensors',
  'towers/vision/preprocessor_config.json',
];

beforeAll(async () => {
  await openDevice();
  saved = await savePretrainedModel();
});
afterAll(() => saved?.remove());
beforeEach(() => {
  vi.stubEnv('HF_HUB_CACHE', join(saved.towers, 'empty'));
  vi.stubEnv('LLM_MDE_TOWERS', saved.towers);
});
afterEach(() => vi.unstubAllEnvs());

it('serves what a browser needs of pretrained towers, and nothing else of their folders', async () => {
  const server = await startDemoServer({}, saved.models);
  const { models } = await (await fetch(`${server.address}/api/models`)).json();
  expect(models).toMatchObject([{ id: 'real', vision: 'nobody/vision', runsInBrowser: true }]);
  const files: { path: string; bytes: number }[] = models[0].files;
  expect(
    files
      .map(({ path }) => path)
      .filter((path) => path.startsWith('towers/'))
      .sort(),
  ).toEqual(TOWER_FILES);
  for (const { path, bytes } of files) {
    const content = await (await fetch(`${server.address}/models/real/${path}`)).arrayBuffer();
    expect(content.byteLength, path).toBe(bytes);
  }
  const weights = `${server.address}/models/real/towers/vision/model.safetensors`;
  const part = await fetch(weights, { headers: { range: 'bytes=8-9' } });
  expect([part.status, new TextDecoder().decode(await part.arrayBuffer())]).toEqual([206, '{"']);
  expect(part.headers.get('cache-control')).toBe('no-cache');
  // They exist, but are no files of the model.
  for (const path of [
    'towers/vision/goldens.json',
    'towers/vision/..%2flanguage%2fconfig.json',
    'towers/vision/..%2f..%2f..%2f..%2fmodels%2freal%2fconfig.json',
    'towers%2fvision%2f..%2fvision%2fconfig.json',
    'towers',
  ]) {
    const answer = await fetch(`${server.address}/models/real/${path}`);
    expect([answer.status, (await answer.json()).message], path).toEqual([404, 'Model real has no file of this name.']);
  }
  await server.close();
});

it('offers a model to browsers once its towers are on this machine', async () => {
  vi.stubEnv('LLM_MDE_TOWERS', '');
  const registry = await ModelRegistry.open(saved.models);
  expect(registry.find()).toMatchObject({ runsInBrowser: false });
  expect(registry.find().files.filter(({ path }) => path.startsWith('towers/'))).toEqual([]);
  vi.stubEnv('LLM_MDE_TOWERS', saved.towers);
  await registry.load('real');
  expect(registry.find()).toMatchObject({ runsInBrowser: true });
  expect(registry.placeOf('real', TOWER_FILES[1]!)).toBe(join(saved.towers, 'language', 'model.safetensors'));
  await registry.dispose();
});
