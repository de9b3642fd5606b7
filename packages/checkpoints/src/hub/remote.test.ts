import { HubServer, TOKEN } from '@llm-mde/tooling-vitest/testing/hub-server';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readJson } from '../file-source.js';
import { encodeSafetensors } from '../safetensors/write.js';
import { openWeights } from '../weight-files.js';
import { openRemote } from './repository.js';

const COMMIT = '3'.repeat(40);
const NAME = 'owner/large';

let hub: HubServer;
beforeEach(async () => {
  hub = new HubServer();
  await hub.start();
  hub.repositories.set(NAME, {
    refs: { main: COMMIT },
    access: 'private',
    commits: {
      [COMMIT]: {
        'config.json': '{"version":1}',
        'README.md': '',
        'model.safetensors': encodeSafetensors([
          ['large', { shape: [500_000], data: new Float32Array(500_000) }],
          ['small', { shape: [2], data: Float32Array.of(1.5, -2) }],
          ['empty', { shape: [0], data: new Float32Array(0) }],
        ]),
      },
    },
  });
});
afterEach(() => hub.stop());

const settings = (changes = {}) => ({ endpoint: hub.url, revision: 'main', token: TOKEN, offline: false, ...changes });

it('reads a tensor by one request for its range', async () => {
  const files = await openRemote(NAME, settings(), { optionalFiles: ['tokenizer.json'] });
  expect(files).toMatchObject({ name: NAME, folder: undefined, revision: COMMIT });
  expect(['config.json', 'model.safetensors', 'tokenizer.json', 'README.md'].map(files.has)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(await readJson(files, 'config.json')).toEqual({ version: 1 });
  const { tensors, close } = await openWeights(files);
  hub.requests.length = 0;
  expect(await tensors.get('small')!.read('small')).toEqual(Float32Array.of(1.5, -2));
  expect(await tensors.get('empty')!.read('empty')).toEqual(new Float32Array(0));
  const { byteOffset } = tensors.get('small')!.tensors.get('small')!;
  const large = hub.requests.filter(({ path }) => path.startsWith('/large/'));
  expect(large.map(({ range }) => range)).toEqual([`bytes=${byteOffset}-${byteOffset + 7}`]);
  await close();
});

it('refuses what it cannot do', async () => {
  await expect(openRemote(NAME, settings({ offline: true }), {})).rejects.toThrow('offline mode needs Node');
  const files = await openRemote(NAME, settings(), {});
  await expect(readJson(files, 'vocab.json')).rejects.toThrow('owner/large has no vocab.json.');
});
