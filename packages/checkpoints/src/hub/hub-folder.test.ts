import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HubServer, TOKEN } from '@llm-mde/tooling-vitest/testing/hub-server';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type HubFolderOptions, openHubFolder } from './hub-folder.js';
import { parseHubName } from './name.js';

const FIRST = '1'.repeat(40);
const SECOND = '2'.repeat(40);
const NAME = 'owner/rooms';
const weights = (value: number) => new Uint8Array(5000).fill(value);

const temporary = temporaryFolder();
let hub: HubServer;

beforeEach(async () => {
  vi.stubEnv('HF_HOME', temporary.path);
  for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HF_HUB_OFFLINE', 'HF_ENDPOINT', 'HF_HUB_CACHE'])
    vi.stubEnv(name, undefined);
  hub = new HubServer();
  await hub.start();
  hub.repositories.set(NAME, {
    refs: { main: SECOND, old: FIRST },
    commits: {
      [FIRST]: { 'config.json': '{"version":1}' },
      [SECOND]: {
        SHA256SUMS: ['config.json', 'vision_adapter/adapter_model.safetensors', 'onnx/model.onnx']
          .map((name) => `${'0'.repeat(64)}  ${name}\n`)
          .join(''),
        'config.json': '{"version":2}',
        'vision_adapter/adapter_model.safetensors': weights(2),
        'onnx/model.onnx': weights(3),
      },
    },
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
});

const open = (name = NAME, options: HubFolderOptions = {}) =>
  openHubFolder(name, { endpoint: hub.url, wanted: (path) => !path.startsWith('onnx/'), ...options });
const version = async (name: string, options?: HubFolderOptions) =>
  JSON.parse(new TextDecoder().decode(await (await open(name, options)).read('config.json'))).version;

it('is brought to the cache whole, but for what is not wanted, and only once', async () => {
  const files = await open();
  expect(files).toMatchObject({ name: NAME, revision: SECOND });
  expect((await readdir(files.folder!)).sort()).toEqual(['SHA256SUMS', 'config.json', 'vision_adapter']);
  const adapter = 'vision_adapter/adapter_model.safetensors';
  expect(new Uint8Array(await readFile(join(files.folder!, adapter)))).toEqual(weights(2));
  expect(new Uint8Array((await files.read(adapter))!)).toEqual(weights(2));
  expect([await files.read('onnx/model.onnx'), await files.read('README.md')]).toEqual([undefined, undefined]);
  expect(hub.downloads.at(-1)).toBe('config.json');
  expect(hub.downloads).toHaveLength(3);
  await open();
  expect(hub.downloads).toHaveLength(3);
});

it('is of the revision that its name says', async () => {
  expect([await version(NAME), await version(`${NAME}@old`), await version(`${NAME}@${FIRST}`)]).toEqual([2, 1, 1]);
  await expect(open(`${NAME}@nightly`)).rejects.toThrow('owner/rooms has no branch, tag or commit "nightly"');
});

it('serves without a network if all of it is in the cache, and is refused otherwise', async () => {
  const { folder } = await open();
  const asked = hub.requests.length;
  expect(await version(NAME, { offline: true })).toBe(2);
  hub.outage = 503;
  expect(await version(NAME)).toBe(2);
  await rm(join(folder!, 'vision_adapter'), { recursive: true });
  await expect(open(NAME, { offline: true })).rejects.toThrow(/^owner\/rooms .* or not all of it/);
  await expect(open()).rejects.toThrow(/^owner\/rooms could not be loaded from .* give the folder of a saved model\.$/);
  expect(hub.requests.slice(asked).filter(({ status }) => status < 300)).toEqual([]);
});

it('is not in the cache as long as one of its files could not be downloaded', async () => {
  hub.interruptions.push(...Array(4).fill(0));
  await expect(open()).rejects.toThrow('Check the network');
  await expect(open(NAME, { offline: true })).rejects.toThrow('or not all of it');
  expect((await open()).revision).toBe(SECOND);
  expect(await version(NAME, { offline: true })).toBe(2);
});

it('is refused where a small file was changed on its way', async () => {
  hub.repositories.get(NAME)!.refs.main = FIRST;
  hub.damagesSmall = true;
  await expect(open()).rejects.toThrow('config.json was damaged on its way: its checksum is not the one');
});

it('that has no config.json, or is not there, is named', async () => {
  hub.repositories.get(NAME)!.commits[SECOND] = { 'data.csv': '1' };
  await expect(open()).rejects.toThrow('The repository owner/rooms (revision main) has no config.json');
  await expect(open('owner/nothing')).rejects.toThrow(`There is no repository owner/nothing on ${hub.url}`);
  await expect(open('nothing')).rejects.toThrow('nothing is not the name of a repository on the hub');
});

it.each(['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'])('is opened with the token of %s, as in Python', async (variable) => {
  hub.repositories.get(NAME)!.access = 'private';
  vi.stubEnv(variable, `${TOKEN}\n`);
  expect(await version(NAME)).toBe(2);
});

it.each([
  ['owner/name', { name: 'owner/name', revision: undefined }],
  ['owner/name@main', { name: 'owner/name', revision: 'main' }],
  ['owner/na.me@refs/pr/1', { name: 'owner/na.me', revision: 'refs/pr/1' }],
  ['name', undefined],
  ['a/b/c', undefined],
  ['../name', undefined],
  ['./name', undefined],
  ['/name', undefined],
  ['owner/..', undefined],
  ['owner/a--b', undefined],
  ['owner/name@', undefined],
])('the name %s is %j', (text, parsed) => {
  expect(parseHubName(text)).toEqual(parsed);
});
