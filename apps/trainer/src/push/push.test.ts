import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { encodeChecksums, openHubFolder, verifiedFiles } from '@llm-mde/checkpoints';
import { HubServer, READ_TOKEN, TOKEN } from '@llm-mde/tooling-vitest/testing/hub-server';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeModelCard } from '../card/model-card.js';
import { resolveConfiguration } from '../config/resolve.js';
import { findModel, modelDigest } from '../run/find-model.js';
import { checkPush, type PushFlags, push } from './push.js';

const NAME = 'owner/rooms';
const temporary = temporaryFolder();
let hub: HubServer;
let model: string;
let output: string[];

beforeEach(async () => {
  for (const name of ['HUGGING_FACE_HUB_TOKEN', 'HF_HUB_OFFLINE', 'HF_HUB_CACHE', 'HF_TOKEN_PATH'])
    vi.stubEnv(name, undefined);
  hub = new HubServer();
  await hub.start();
  vi.stubEnv('HF_HOME', join(temporary.path, 'home'));
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_TOKEN', TOKEN);
  output = [];
  for (const name of ['log', 'error'] as const)
    vi.spyOn(console, name).mockImplementation((line: string) => void output.push(line));
  model = join(temporary.path, 'model');
  cpSync(await findModel('tiny'), model, { recursive: true });
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await hub.stop();
});

const run = (flags: PushFlags = {}) => push(NAME, model, flags);
const published = () => {
  const { commits, refs } = hub.repositories.get(NAME)!;
  return commits[refs.main!]!;
};
const edit = (path: string, change: (text: string) => string) =>
  writeFileSync(join(model, path), change(readFileSync(join(model, path), 'utf8')));
const listSums = async () => {
  const names = readdirSync(model).filter((name) => name !== 'SHA256SUMS');
  const sums = await encodeChecksums(new Map(names.map((name) => [name, join(model, name)])));
  writeFileSync(join(model, 'SHA256SUMS'), sums);
};
const readme = () => String(published()['README.md']);

describe('llm-mde push', () => {
  it('publishes the model, its card and its page, and nothing that lies beside them or tells of the machine', async () => {
    writeFileSync(join(model, 'notes.txt'), homedir());
    mkdirSync(join(model, 'towers'));
    writeFileSync(join(model, 'towers', 'secret.json'), '{}');
    await run({ license: 'mit' });
    expect(Object.keys(published()).sort()).toEqual([
      '.gitattributes',
      'README.md',
      'SHA256SUMS',
      'config.json',
      'language.safetensors',
      'model-card.json',
      'model.safetensors',
      'vision.safetensors',
    ]);
    for (const [name, content] of Object.entries(published())) {
      const text = Buffer.from(content).toString('latin1');
      for (const secret of [homedir(), temporary.path, process.cwd(), TOKEN])
        expect(text.includes(secret), `${secret} in ${name}`).toBe(false);
    }
    expect(readme()).toMatch(/^---\nlicense: mit\npipeline_tag: depth-estimation\nlibrary_name: llm-mde\ntags:\n/);
    expect(readme()).toContain('llm-mde predict owner/rooms photo.jpg');
    expect(output).toEqual([
      expect.stringMatching(
        /^Pushed 7 files, from .*model to http:.*\/owner\/rooms at commit [0-9a-f]{40}\. Load it with llm-mde predict owner\/rooms/,
      ),
    ]);
    const folder = await verifiedFiles(await openHubFolder(NAME));
    for (const path of ['config.json', 'README.md', 'vision.safetensors'])
      expect(await folder.read(path)).toBeDefined();
    expect(
      Buffer.compare((await folder.read('model.safetensors'))!, readFileSync(join(model, 'model.safetensors'))),
    ).toBe(0);
  });

  it('again changes nothing; a new model keeps the license and replaces what the old one had', async () => {
    await run({ license: 'cc-by-4.0', json: true });
    expect(JSON.parse(output.pop()!)).toMatchObject({ event: 'pushed', url: `${hub.url}/${NAME}`, removed: [] });
    await run();
    expect(output.pop()).toMatch(/ holds the model of .* already, at commit /);
    Object.assign(published(), { 'samples/a.jpg': 'theirs' });
    rmSync(join(model, 'model-card.json'));
    edit('config.json', (text) => text.replace('"maximumDepth": 10', '"maximumDepth": 12'));
    await run();
    expect(output.pop()).toMatch(/^Pushed 3 files, removed 1 file of the model before/);
    expect(Object.keys(published())).toContain('samples/a.jpg');
    expect(Object.keys(published())).not.toContain('model-card.json');
    expect(readme()).toMatch(/^---\nlicense: cc-by-4\.0\n/);
    expect(readme()).toContain('It is not recorded what it was trained on.');
    expect(output).toEqual([]);
  });

  it('leaves a page alone that was edited on the hub, and one in the folder as its owner wrote it', async () => {
    await run();
    expect(output[0]).toContain('the model has no license yet');
    published()['README.md'] = `${readme()}\nWe measured it in our hall.\n`;
    edit('config.json', (text) => text.replace('"maximumDepth": 10', '"maximumDepth": 12'));
    await run();
    expect(output.join('\n')).toContain(`README.md was edited at ${hub.url}/owner/rooms, so it stays`);
    expect(readme()).toContain('We measured it in our hall.');
    delete published()['README.md'];
    writeFileSync(
      join(model, 'README.md'),
      '---\nlicense: unknown\ntags: [hall]\n---\n# Our hall\nuser/name knows it.\n',
    );
    await run({ license: 'mit' });
    expect(readme()).toBe('---\nlicense: mit\ntags: [hall]\n---\n# Our hall\nowner/rooms knows it.\n');
  });

  it('takes the license of a repository that was made on the hub', async () => {
    const first = '1'.repeat(40);
    hub.repositories.set(NAME, {
      refs: { main: first },
      commits: { [first]: { '.gitattributes': '', 'README.md': '---\nlicense: apache-2.0\n---\n' } },
    });
    await run();
    expect(readme()).toMatch(/^---\nlicense: apache-2\.0\n/);
  });

  it('brings an ONNX file of this model along, with what belongs to it', async () => {
    const onnx = join(temporary.path, 'onnx');
    mkdirSync(join(onnx, 'onnx'), { recursive: true });
    const config = (size: number, more = {}) =>
      JSON.stringify({ model_type: 'dpt', image_size: size, max_depth: 10, ...more });
    const { imageSize } = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'));
    writeFileSync(join(onnx, 'config.json'), config(999));
    writeFileSync(join(onnx, 'preprocessor_config.json'), '{}');
    await expect(run({ onnx })).rejects.toThrow('is not what llm-mde export --to onnx writes');
    for (const name of ['model.onnx', 'model_fp16.onnx', 'thesis.onnx']) writeFileSync(join(onnx, 'onnx', name), name);
    await expect(run({ onnx })).rejects.toThrow('is of another model');
    writeFileSync(join(onnx, 'config.json'), config(imageSize, { llm_mde_digest: '0' }));
    await expect(run({ onnx })).rejects.toThrow('is of another model, or of');
    expect(hub.repositories.has(NAME)).toBe(false);
    writeFileSync(join(onnx, 'config.json'), config(imageSize));
    // The page that training wrote is written again, for it does not tell of ONNX.
    await listSums();
    await writeModelCard(model, { trainedOn: 'hall (9 frames)' }, (await resolveConfiguration({ from: model })).model);
    await run({ onnx });
    const files = Object.keys(published());
    expect(files.filter((name) => /onnx|preprocessor/.test(name)).sort()).toEqual([
      'onnx/config.json',
      'onnx/model.onnx',
      'onnx/model_fp16.onnx',
      'preprocessor_config.json',
    ]);
    expect(JSON.parse(String(published()['config.json'])).model_type).toBe('llm-mde');
    expect(readme()).toContain('  - onnx\n');
    expect(readme()).toContain("pipeline('depth-estimation', 'owner/rooms', { config, dtype: 'fp32' })");
    const digest = await modelDigest(model);
    writeFileSync(join(onnx, 'config.json'), config(imageSize, { model_type: 'llm-mde', llm_mde_digest: digest }));
    await run({ onnx });
    expect(readme()).toContain('whose prompt is an input');
  });

  it.each<[string, () => unknown, string]>([
    [
      'is damaged',
      () =>
        listSums().then(() => edit('SHA256SUMS', (text) => text.replace(/^./, (digit) => (digit === '0' ? '1' : '0')))),
      'is damaged',
    ],
    ['misses a file', () => rmSync(join(model, 'vision.safetensors')), 'is incomplete: vision.safetensors is missing'],
    [
      'needs a folder of this machine',
      () => edit('config.json', (text) => text.replace(/"pretrained": null/, '"pretrained": "/home/anna/vit"')),
      "The model's vision tower, /home/anna/vit, is a folder of this machine",
    ],
    [
      "is another program's",
      () => edit('config.json', () => '{"model_type":"bert"}'),
      'is not a model of llm-mde: "model_type"',
    ],
  ])('refuses a model that %s', async (_, prepare, message) => {
    await prepare();
    await expect(run()).rejects.toThrow(message);
    expect(hub.repositories.has(NAME)).toBe(false);
  });

  it('touches nothing that it did not push, and says whose fault it is', async () => {
    const first = '1'.repeat(40);
    const files: Record<string, string> = { 'config.json': '{"model_type":"bert"}' };
    hub.repositories.set(NAME, { refs: { main: first }, commits: { [first]: files } });
    const taken = `${hub.url}/owner/rooms already holds a model of the type "bert", which llm-mde did not push: choose another name.`;
    await expect(run()).rejects.toThrow(taken);
    await expect(checkPush(NAME)).rejects.toThrow(taken);
    delete files['config.json'];
    files['data.csv'] = '1';
    await expect(run()).rejects.toThrow('already holds files such as data.csv');
    await expect(push('rooms', model, {})).rejects.toThrow('rooms is not the name of a repository on the hub');
    vi.stubEnv('HF_TOKEN', READ_TOKEN);
    await expect(push('owner/other', model, {})).rejects.toThrow('does not permit writing to owner/other');
    vi.stubEnv('HF_TOKEN', '');
    await expect(checkPush(NAME)).rejects.toThrow('takes an access token with write permission');
    expect([...hub.repositories.keys()]).toEqual([NAME]);
  });

  it('without the name of a model takes that of the only finished run', async () => {
    const before = process.cwd();
    process.chdir(temporary.path);
    try {
      await expect(push(NAME, undefined, {})).rejects.toThrow('Name the model too, after the repository');
      for (const name of ['hall', 'attic']) {
        cpSync(model, join('runs', name, 'best'), { recursive: true });
        for (const file of ['results.json', 'report.html']) writeFileSync(join('runs', name, file), '');
      }
      await expect(push(NAME, undefined, {})).rejects.toThrow('runs holds 2 finished runs, such as runs/attic.');
      rmSync(join('runs', 'attic', 'report.html'));
      await push(NAME, undefined, {});
    } finally {
      process.chdir(before);
    }
    expect(output.at(-1)).toContain(`from ${join('runs', 'hall', 'best')} to `);
  });
});
