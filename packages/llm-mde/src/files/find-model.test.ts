import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { modelFolder } from '@llm-mde/models';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findModel } from './find-model.js';
import { loadNetwork } from './load-network.js';
import { readModelCard } from './model-card.js';

const folder = temporaryFolder();
let tiny: string;

beforeEach(async () => {
  tiny = (await modelFolder('tiny'))!;
  vi.stubEnv('HF_HUB_CACHE', join(folder.path, 'cache'));
  vi.stubEnv('HF_HUB_OFFLINE', '1');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

it('finds a model by its name, by its folder, by a run, and by the address of a folder', async () => {
  await mkdir(join(folder.path, 'run'));
  await cp(tiny, join(folder.path, 'run/best'), { recursive: true });
  const run = join(folder.path, 'run');
  expect((await findModel('tiny')).folder).toBe(tiny);
  for (const reference of [run, join(run, 'best'), pathToFileURL(run)]) {
    expect((await findModel(reference)).folder, String(reference)).toBe(join(run, 'best'));
  }
  expect(await readModelCard('tiny')).toHaveProperty('trainedOn');
});

it('takes a repository of the hub from the cache, whole', async () => {
  const commit = '1'.repeat(40);
  const repository = join(folder.path, 'cache/models--someone--rooms');
  await mkdir(join(repository, 'refs'), { recursive: true });
  await writeFile(join(repository, 'refs/main'), commit);
  await cp(tiny, join(repository, 'snapshots', commit), { recursive: true });
  const found = await findModel('someone/rooms');
  expect(found.folder).toBe(join(repository, 'snapshots', commit));
  expect(await found.files.read('vision.safetensors')).toBeDefined();
  const network = await loadNetwork('someone/rooms');
  expect(network.configuration.imageSize).toBe(64);
  network.dispose();
  await rm(repository, { recursive: true });
  await expect(findModel('someone/rooms')).rejects.toThrow('someone/rooms (revision main) is not in the cache folder');
});

it('reads a model from an address', async () => {
  vi.stubGlobal('fetch', async (address: string) =>
    address === 'https://example.com/rooms/best/config.json' ? new Response('{}') : new Response('', { status: 404 }),
  );
  const { files, folder } = await findModel('https://example.com/rooms');
  expect([files.name, folder]).toEqual(['https://example.com/rooms/best', undefined]);
  await expect(findModel(new URL('https://example.com/none'))).rejects.toThrow(
    'There is no model in https://example.com/none/: expected config.json in it or in its folder best.',
  );
});

it('says what is missing', async () => {
  await mkdir(join(folder.path, 'photos'));
  await expect(findModel(join(folder.path, 'photos'))).rejects.toThrow('There is no model in');
  await expect(findModel('medium')).rejects.toThrow(
    'medium does not exist: give the folder of a run or of a saved model, one of rooms-small, tiny, or a repository on the Hugging Face hub as owner/name.',
  );
});
