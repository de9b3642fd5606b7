import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { memoryFiles, readJson } from './file-source.js';
import { openPretrained } from './pretrained.js';
import { PretrainedError } from './pretrained-error.js';
import { SafetensorsError } from './safetensors/error.js';
import { encodeSafetensors, writeSafetensors } from './safetensors/write.js';

const temporary = temporaryFolder();
let folder: string;

beforeEach(async () => {
  folder = join(temporary.path, 'model');
  await mkdir(folder);
  await write('config.json', '{"model_type":"bert"}');
});

const write = (file: string, content: string) => writeFile(join(folder, file), content);
/** One scalar tensor of each name; its value is its place in the list. */
const writeWeights = (file: string, names: string[]) =>
  writeSafetensors(
    join(folder, file),
    names.map((name, index) => [name, { shape: [], data: Float32Array.of(index) }]),
  );

describe('LLM_MDE_TOWERS', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is a folder of copies of repositories', async () => {
    await writeWeights('model.safetensors', ['x']);
    vi.stubEnv('LLM_MDE_TOWERS', temporary.path);
    const pretrained = await openPretrained('someone/model', { offline: true });
    expect(pretrained.files).toMatchObject({ name: folder, folder });
    await pretrained.close();
    await expect(openPretrained('someone/other', { offline: true })).rejects.toThrow('someone/other');
  });
});

describe('a source of files', () => {
  const files = (changes: Record<string, Uint8Array> = {}, without?: string) => {
    const all = new Map<string, Uint8Array>([
      ['config.json', new TextEncoder().encode('{}')],
      ['model.safetensors', encodeSafetensors([['x', { shape: [], data: Float32Array.of(3) }]])],
      ...Object.entries(changes),
    ]);
    if (without) all.delete(without);
    return memoryFiles(all, 'elsewhere');
  };

  it('is read instead of the folder or repository of the name', async () => {
    const source = files({ 'tokenizer.json': Uint8Array.of(123, 125) });
    const optionalFiles = ['tokenizer.json', 'vocab.txt'];
    const pretrained = await openPretrained('someone/model', { source, optionalFiles, endpoint: 'http://127.0.0.1:9' });
    expect(pretrained.files).toMatchObject({ name: 'elsewhere', folder: undefined, revision: undefined });
    expect(optionalFiles.map((file) => pretrained.files.has(file))).toEqual([true, false]);
    expect(await readJson(pretrained.files, 'tokenizer.json')).toEqual({});
    expect(await pretrained.weights().get('x')!.read()).toEqual(Float32Array.of(3));
    expect(pretrained.weightFileNames).toEqual(['model.safetensors']);
    await pretrained.close();
  });

  it('that is incomplete is refused, with what is missing', async () => {
    const open = (source: ReturnType<typeof files>) => openPretrained('someone/model', { source });
    await expect(open(files({}, 'config.json'))).rejects.toThrow('elsewhere has no config.json.');
    await expect(open(files({}, 'model.safetensors'))).rejects.toThrow('elsewhere has no model.safetensors.');
    const damaged = files({ 'model.safetensors': new Uint8Array(4) });
    await expect(open(damaged)).rejects.toThrow('model.safetensors of elsewhere');
  });
});

describe('a folder', () => {
  it('is read', async () => {
    await writeWeights('model.safetensors', ['x', 'y']);
    await write('tokenizer.json', '{"version":"1.0"}');
    const pretrained = await openPretrained(folder, { optionalFiles: ['tokenizer.json', 'vocab.txt'] });
    expect(pretrained.files).toMatchObject({ name: folder, folder, revision: undefined });
    expect(['config.json', 'tokenizer.json', 'vocab.txt'].map((file) => pretrained.files.has(file))).toEqual([
      true,
      true,
      false,
    ]);
    expect(await readJson(pretrained.files, 'config.json')).toEqual({ model_type: 'bert' });
    const weights = pretrained.weights();
    expect(weights.size).toBe(2);
    expect([...weights].map(([name, { shape, dtype }]) => [name, shape, dtype])).toEqual([
      ['x', [], 'F32'],
      ['y', [], 'F32'],
    ]);
    expect(await weights.get('y')!.read()).toEqual(Float32Array.of(1));
    expect(weights.get('z')).toBeUndefined();
    await pretrained.close();
    await expect(weights.get('y')!.read()).rejects.toThrow('the file was closed');
  });

  it('of a sharded checkpoint is read over all files', async () => {
    await writeWeights('model-1.safetensors', ['x', 'y']);
    await writeWeights('model-2.safetensors', ['other', 'z']);
    const weight_map = { z: 'model-2.safetensors', x: 'model-1.safetensors', y: 'model-1.safetensors' };
    await write('model.safetensors.index.json', JSON.stringify({ metadata: { total_size: 16 }, weight_map }));
    const pretrained = await openPretrained(folder);
    const weights = pretrained.weights();
    expect([...weights.keys()].sort()).toEqual(['x', 'y', 'z']);
    expect(await weights.get('z')!.read()).toEqual(Float32Array.of(1));
    expect(await weights.get('y')!.read()).toEqual(Float32Array.of(1));
    expect([...pretrained.weightFileNames].sort()).toEqual([
      'model-1.safetensors',
      'model-2.safetensors',
      'model.safetensors.index.json',
    ]);
    await pretrained.close();
    await expect(weights.get('z')!.read()).rejects.toThrow('the file was closed');
  });

  it.each<[string, unknown, string]>([
    ['that is not JSON', '{', 'is not valid JSON'],
    ['that is a number', 5, 'has no weight_map'],
    ['that is null', null, 'has no weight_map'],
    ['without its table', {}, 'has no weight_map'],
    [
      'with a number for a file',
      { weight_map: { x: 1 } },
      'places x in 1, which is not the name of a safetensors file',
    ],
    ['that leads out', { weight_map: { x: '../model.safetensors' } }, 'places x in "../model.safetensors", which'],
    ['that leads out on Windows', { weight_map: { x: '..\\model.safetensors' } }, 'which is not the name of'],
    [
      'of a file that is missing',
      { weight_map: { x: 'two.safetensors' } },
      'names two.safetensors, but that file is missing',
    ],
    [
      'of a tensor that is missing',
      { weight_map: { x: 'one.safetensors', y: 'one.safetensors' } },
      'says that one.safetensors holds y, but it does not',
    ],
  ])('with an index %s is refused', async (_, index, message) => {
    await writeWeights('one.safetensors', ['x']);
    await write('model.safetensors.index.json', typeof index === 'string' ? index : JSON.stringify(index));
    await expect(openPretrained(folder)).rejects.toThrow(PretrainedError);
    await expect(openPretrained(folder)).rejects.toThrow(message);
  });

  it('that is incomplete is refused, with what is missing', async () => {
    await expect(openPretrained(folder)).rejects.toThrow(
      `${folder} has neither model.safetensors nor model.safetensors.index.json.`,
    );
    await write('pytorch_model.bin', '');
    await expect(openPretrained(folder)).rejects.toThrow(
      `${folder} has its weights only as pytorch_model.bin, which is not read here: load it in Python and save it again`,
    );
    await write('model.safetensors', 'version https://git-lfs.github.com/spec/v1\n');
    await expect(openPretrained(folder)).rejects.toThrow(SafetensorsError);
    await expect(openPretrained(temporary.path)).rejects.toThrow(`The folder ${temporary.path} has no config.json`);
  });

  it('has files that are not JSON, or not there, by name', async () => {
    await writeWeights('model.safetensors', ['x']);
    await write('config.json', '{');
    const pretrained = await openPretrained(folder);
    await expect(readJson(pretrained.files, 'config.json')).rejects.toThrow(
      `config.json of ${folder} is not valid JSON`,
    );
    await expect(readJson(pretrained.files, 'vocab.json')).rejects.toThrow(`${folder} has no vocab.json.`);
    await pretrained.close();
  });

  it.each(['./missing', '/missing/model', 'a/b/c', '../model', 'C:\\models\\bert', '~/model', 'a b', ''])(
    '"%s" that is not there is not looked for on the hub',
    async (path) => {
      // The port of nothing: a request would be refused with another message.
      const opened = openPretrained(path, { endpoint: 'http://127.0.0.1:9' });
      await expect(opened).rejects.toThrow(/^There is no folder .*, and it is not the name of a repository on the hub/);
    },
  );

  it('that is a file is refused', async () => {
    const path = join(folder, 'config.json');
    await expect(openPretrained(path)).rejects.toThrow(`${path} is a file; give the folder`);
  });
});

describe('weights', () => {
  const names = ['bert.embeddings.LayerNorm.gamma', 'bert.layer.0.x', 'bert.layer.1.x', 'cls.bias', 'bert.pooler.x'];
  const load = async (rename?: (name: string) => string | undefined, written = names) => {
    await writeWeights('model.safetensors', written);
    const pretrained = await openPretrained(folder);
    try {
      const found: Record<string, number> = {};
      for (const [name, weight] of pretrained.weights(rename)) found[name] = (await weight.read())[0]!;
      return found;
    } finally {
      await pretrained.close();
    }
  };

  it('keep their names by default', async () => {
    expect(Object.keys(await load()).sort()).toEqual([...names].sort());
  });

  it('are renamed and selected', async () => {
    const found = await load((name) => (name.startsWith('cls.') ? undefined : name.replace(/^bert\./, '')));
    expect(found).toEqual({ 'embeddings.LayerNorm.gamma': 0, 'layer.0.x': 1, 'layer.1.x': 2, 'pooler.x': 4 });
  });

  it('of one name for two are refused', async () => {
    await expect(load((name) => name.replace(/^bert\./, ''), ['bert.x', 'x'])).rejects.toThrow(
      `${folder} holds both bert.x and x, which are both x here.`,
    );
  });
});
