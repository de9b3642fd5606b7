import { cp, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice } from '@llm-mde/backend';
import { afterAll, beforeAll, beforeEach, expect, inject, it, vi } from 'vitest';
import { ModelRegistry } from './models.js';

let folder: string;
const log = vi.spyOn(console, 'error').mockImplementation(() => {});

/** A folder of models of which only `rooms` is sound. */
beforeAll(async () => {
  await openDevice();
  folder = await mkdtemp(join(tmpdir(), 'llm-mde-demo-models-'));
  const copy = (name: string) => cp(join(inject('models'), 'rooms', 'best'), join(folder, name), { recursive: true });
  await Promise.all(['a-config', 'b-json', 'c-weights', 'rooms'].map(copy));
  await writeFile(join(folder, 'a-config', 'config.json'), '{"model_type": "llm-mde"}');
  await writeFile(join(folder, 'b-json', 'config.json'), '{"model_type": "llm-mde",');
  await truncate(join(folder, 'c-weights', 'model.safetensors'), 1000);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => log.mockClear());

it('skips a model with a broken config.json, and says which', async () => {
  const registry = await ModelRegistry.open(folder);
  expect(registry.list().map(({ id }) => id)).toEqual(['c-weights', 'rooms']);
  expect(log.mock.calls.flat()).toEqual([
    expect.stringMatching(/^Skipped the model a-config: config.json: "\w+/),
    'Skipped the model b-json: its config.json is not valid JSON.',
  ]);
});

it('says what a model was trained on, its typical error, and the camera, if somebody wrote that down', async () => {
  const registry = await ModelRegistry.open(inject('models'));
  expect(registry.find('rooms').about).toMatch(
    /^Trained on rendered rooms only; on photographs \(199 of 9 sets\) .* \(AbsRel 0\.526, delta1 0\.350\)\. It does not know the camera/,
  );
  expect(registry.find('rooms-fixed').about).toBeNull();
});

it('reports a model that does not load as that one, and keeps the loaded ones', async () => {
  const registry = await ModelRegistry.open(folder, { keep: 1 });
  const model = await registry.load('rooms');
  for (let round = 0; round < 2; round++) {
    await expect(registry.load('c-weights')).rejects.toMatchObject({
      statusCode: 500,
      message: 'The model c-weights cannot be loaded: the log of the server says why.',
    });
  }
  expect(log.mock.calls.flat()[2]).toMatch(/^The model c-weights cannot be loaded: .*model.safetensors/);
  expect(await registry.load('rooms')).toBe(model);
  await registry.dispose();
});

it('begins with the first model that loads', async () => {
  const registry = await ModelRegistry.open(folder);
  await registry.loadFirst();
  expect(registry.find().id).toBe('rooms');
  await registry.dispose();
});
