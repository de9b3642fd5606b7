import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HubServer, READ_TOKEN, TOKEN, UNKNOWN_TOKEN } from '@llm-mde/tooling-vitest/testing/hub-server';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openHubFolder } from './hub-folder.js';
import { openHubTarget, type PushOptions, type UploadProgress } from './upload.js';
import type { UploadContent } from './upload-content.js';

const NAME = 'owner/rooms';
const bytes = (value: number, length = 300_000) => new Uint8Array(length).fill(value);
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const [HEAD, ADAPTER, ONNX] = [bytes(1), bytes(2, 200_000), bytes(3, 12_000_000)];
const text = (content: string) => new TextEncoder().encode(content);

const temporary = temporaryFolder();
let hub: HubServer;
let files: Map<string, UploadContent>;

beforeEach(async () => {
  for (const name of ['HUGGING_FACE_HUB_TOKEN', 'HF_HUB_OFFLINE', 'HF_HUB_CACHE', 'HF_TOKEN_PATH'])
    vi.stubEnv(name, undefined);
  hub = new HubServer();
  await hub.start();
  vi.stubEnv('HF_HOME', temporary.path);
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_TOKEN', TOKEN);
  await writeFile(join(temporary.path, 'model.onnx'), ONNX);
  files = new Map<string, UploadContent>([
    ['config.json', text('{"model":1}')],
    ['model.safetensors', HEAD],
    ['vision_adapter/adapter_model.safetensors', ADAPTER],
    ['onnx/model.onnx', join(temporary.path, 'model.onnx')],
  ]);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
});

const push = async (options: Partial<PushOptions> = {}, name = NAME) =>
  (await openHubTarget(name)).push(files, { title: 'Upload a model', ...options });
const published = () => hub.repositories.get(NAME)?.commits[hub.repositories.get(NAME)!.refs.main!];

it('makes the repository and one commit with all files, which load by name', async () => {
  const reports: UploadProgress[] = [];
  const result = await push({ isPrivate: true, onProgress: (progress) => reports.push(progress) });
  expect(result).toMatchObject({ changed: [...files.keys()], removed: [] });
  const { access, commits } = hub.repositories.get(NAME)!;
  expect([access, Object.keys(commits)]).toEqual(['private', [expect.any(String), result.commit]]);
  const folder = await openHubFolder(NAME);
  expect(folder.revision).toBe(result.commit);
  for (const [path, content] of [
    ['model.safetensors', HEAD],
    ['onnx/model.onnx', ONNX],
  ] as const)
    expect(Buffer.compare((await folder.read(path))!, content), path).toBe(0);
  const totalBytes = HEAD.length + ADAPTER.length + ONNX.length;
  expect(reports.at(-1)).toMatchObject({ uploadedBytes: totalBytes, totalBytes });
  const puts = hub.requests.filter(({ method }) => method === 'PUT');
  expect(puts.map(({ token }) => token)).toEqual([undefined, undefined, undefined]);
});

it('again changes nothing, and a new version uploads only what is new and removes what is named', async () => {
  const { commit } = await push();
  const before = hub.requests.length;
  expect(await push({ removed: ['README.md'] })).toEqual({ commit, changed: [], removed: [] });
  expect(hub.requests.slice(before).filter(({ path }) => path.includes('/commit/'))).toEqual([]);
  files.set('model.safetensors', bytes(9));
  files.delete('onnx/model.onnx');
  expect(await push({ removed: ['onnx/model.onnx', 'config.json', 'absent'] })).toMatchObject({
    changed: ['model.safetensors'],
    removed: ['onnx/model.onnx'],
  });
  expect(hub.uploads.slice(3)).toEqual([sha256(bytes(9))]);
  expect(Object.keys(published()!).sort()).toEqual([
    '.gitattributes',
    'config.json',
    'model.safetensors',
    'vision_adapter/adapter_model.safetensors',
  ]);
});

it('goes on by itself where the connection breaks, and uploads no file twice', async () => {
  hub.uploadInterruptions.push(1_000_000, 6_000_000);
  await push();
  expect(hub.uploadInterruptions).toEqual([]);
  expect([...hub.uploads].sort()).toEqual([HEAD, ADAPTER, ONNX].map(sha256).sort());
  expect(Object.keys(hub.repositories.get(NAME)!.commits)).toHaveLength(2);
});

it('that breaks off for good shows nothing, and the next one uploads what the hub lacks', async () => {
  hub.uploadInterruptions.push(...Array(8).fill(1_000_000));
  await expect(push()).rejects.toThrow(/^owner\/rooms could not be pushed to .* goes on where it stopped\.$/);
  expect(Object.keys(published()!)).toEqual(['.gitattributes']);
  await expect(openHubFolder(NAME)).rejects.toThrow('has no config.json');
  expect([...hub.uploads].sort()).toEqual([HEAD, ADAPTER].map(sha256).sort());
  hub.uploadInterruptions.length = 0;
  await push();
  expect(hub.uploads.slice(2)).toEqual([sha256(ONNX)]);
  expect((await openHubFolder(NAME)).revision).toBe(hub.repositories.get(NAME)!.refs.main);
});

it('is tried again where the hub is out of order for a moment', async () => {
  const target = await openHubTarget(NAME);
  hub.outage = 502;
  const pushing = target.push(files, { title: 'Upload a model' });
  await expect.poll(() => hub.requests.filter(({ status }) => status === 502), { timeout: 20_000 }).toHaveLength(1);
  hub.outage = undefined;
  expect((await pushing).changed).toHaveLength(4);
});

it('is not made twice where only the answer was lost', async () => {
  hub.lostCommitAnswers = 1;
  expect(await push()).toMatchObject({ changed: [...files.keys()] });
  expect(Object.keys(hub.repositories.get(NAME)!.commits)).toHaveLength(2);
});

it('uploads in parts where the hub asks for them', async () => {
  hub.partSize = 5_000_000;
  await push();
  expect(Buffer.compare(published()!['onnx/model.onnx'] as Uint8Array, ONNX)).toBe(0);
});

it('is refused where the repository has changed since it was looked at', async () => {
  await push();
  const target = await openHubTarget(NAME);
  files.set('config.json', text('{"model":2}'));
  await push();
  files.set('config.json', text('{"model":3}'));
  await expect(target.push(files, { title: 'Late' })).rejects.toThrow(/^owner\/rooms was changed on .* push again\.$/);
  expect(published()!['config.json']).toBe('{"model":2}');
});

it.each<[string, () => unknown, string]>([
  ['no token', () => vi.stubEnv('HF_TOKEN', ''), 'takes an access token with write permission: make one at'],
  ['a token of another kind', () => vi.stubEnv('HF_TOKEN', 'ghp_1'), 'does not begin with "hf_"'],
  ['a token that is not known', () => vi.stubEnv('HF_TOKEN', UNKNOWN_TOKEN), 'does not accept the access token: it is'],
  [
    'no permission',
    () => vi.stubEnv('HF_TOKEN', READ_TOKEN),
    'The access token does not permit writing to owner/rooms',
  ],
  ['a name of another kind', () => hub.otherKinds.add(NAME), 'is taken on http://127.0.0.1'],
  ['a hub that is out of order', () => Object.assign(hub, { outage: 503 }), 'it answered with status 503. What was'],
  ['a hub that is down', () => hub.stop(), 'ECONNREFUSED'],
  ['offline mode', () => vi.stubEnv('HF_HUB_OFFLINE', '1'), 'in offline mode: unset HF_HUB_OFFLINE'],
  ['a refusal', () => Object.assign(hub, { outage: 400 }), 'refused the files of owner/rooms (status 400: refused)'],
])('with %s says so in a sentence', async (_, prepare, sentence) => {
  await prepare();
  await expect(push()).rejects.toThrow(sentence);
  await expect(push()).rejects.not.toThrow(/hf_\w/);
  expect(published()).toBeUndefined();
});

it("takes the token that `hf auth login` saved, and another account's name is refused", async () => {
  vi.stubEnv('HF_TOKEN', undefined);
  await writeFile(join(temporary.path, 'token'), `${TOKEN}\n`);
  await push();
  await expect(push({}, 'somebody/rooms')).rejects.toThrow('and "somebody" has to be your account');
  for (const name of ['rooms', 'owner/rooms@main', '../rooms'])
    await expect(push({}, name)).rejects.toThrow('is not the name of a repository on the hub');
});
