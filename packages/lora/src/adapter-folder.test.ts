import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeSafetensors, SafetensorsFile } from '@llm-mde/checkpoints';
import { LanguageModel } from '@llm-mde/language-model';
import { type Module, manualSeed } from '@llm-mde/nn';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { largestDifference } from '@llm-mde/tooling-vitest/testing/tensors';
import { VisionEncoder } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { decodeAdapter, encodeAdapter } from './adapter-files.js';
import { loadAdapter, saveAdapter } from './adapter-folder.js';
import { attachLora } from './attach-lora.js';
import { LoraAdapters } from './lora-adapters.js';
import { exampleInput, randomizeAdapter, TwoLayers } from './testing/two-layers.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const tower = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Adapters that PEFT wrote (tooling/parity/lora-goldens.py), by the folder of their base model. */
const PEFT_ADAPTERS = [
  { name: 'vit', base: 'vision-encoder/fixtures/tiny-vit' },
  { name: 'vit-every-linear', base: 'vision-encoder/fixtures/tiny-vit' },
  { name: 'dinov2', base: 'vision-encoder/fixtures/tiny-dinov2' },
  { name: 'dinov2-swiglu', base: 'vision-encoder/fixtures/tiny-dinov2-swiglu' },
  { name: 'bert', base: 'language-model/fixtures/tiny-bert' },
  { name: 'bert-layers', base: 'language-model/fixtures/tiny-bert' },
  ...['llama', 'qwen2', 'gpt2'].map((name) => ({ name, base: `language-model/fixtures/tiny-${name}` })),
];

const temporary = temporaryFolder();
let folder: string;
beforeEach(() => {
  manualSeed(11);
  folder = temporary.path;
});

describe.each(PEFT_ADAPTERS)('the adapter $name that PEFT wrote', ({ name, base: path }) => {
  it('gives the outputs of Python, merged too', async () => {
    const { base, forward } = await openTower(path);
    const golden = await readTensors(join(fixture(name), 'goldens.safetensors'));
    const input = golden.get('input')!;
    expect(await largestDifference(forward(input), golden.get('base_output')!)).toBeLessThan(1e-4);
    const adapters = await loadAdapter(base, fixture(name));
    expect(await largestDifference(forward(input), golden.get('output')!)).toBeLessThan(1e-4);
    adapters.merge();
    expect(await largestDifference(forward(input), golden.get('output')!)).toBeLessThan(1e-4);
    adapters.dispose();
    expect(await largestDifference(forward(input), golden.get('base_output')!)).toBeLessThan(1e-4);
  });

  it('is written again as it was', async () => {
    const { base } = await openTower(path);
    const adapters = await loadAdapter(base, fixture(name));
    await saveAdapter(adapters, folder, { baseModelName: path.split('/').at(-1)! });
    const written = await readTensors(join(folder, 'adapter_model.safetensors'));
    const original = await readTensors(join(fixture(name), 'adapter_model.safetensors'));
    expect([...written.keys()].sort()).toEqual([...original.keys()].sort());
    for (const [key, tensor] of original) {
      expect(written.get(key)!.shape).toEqual(tensor.shape);
      expect(await largestDifference(written.get(key)!, tensor), key).toBe(0);
    }
    const config = await readJson(join(folder, 'adapter_config.json'));
    const originalConfig = await readJson(join(fixture(name), 'adapter_config.json'));
    for (const [key, value] of Object.entries(config)) expect({ [key]: value }).toEqual({ [key]: originalConfig[key] });
    expect((await readdir(folder)).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
  });
});

describe('names of transformers 4', () => {
  it('are read like those of transformers 5, and written as those', async () => {
    const { base, forward } = await openTower('vision-encoder/fixtures/tiny-vit');
    const adapters = await loadAdapter(base, fixture('vit-transformers4'));
    const golden = await readTensors(join(fixture('vit'), 'goldens.safetensors'));
    expect(await largestDifference(forward(golden.get('input')!), golden.get('output')!)).toBeLessThan(1e-4);
    await saveAdapter(adapters, folder);
    const original = await readTensors(join(fixture('vit'), 'adapter_model.safetensors'));
    const written = await readTensors(join(folder, 'adapter_model.safetensors'));
    expect([...written.keys()].sort()).toEqual([...original.keys()].sort());
    expect((await readJson(join(folder, 'adapter_config.json'))).target_modules).toEqual(['q_proj', 'v_proj']);
  });

  it('are read where the tower was the backbone of a classifier', async () => {
    const { base } = await openTower('vision-encoder/fixtures/tiny-vit');
    const config = await readJson(join(fixture('vit'), 'adapter_config.json'));
    for (const rename of [
      (key: string) => key.replace('model.layers', 'model.vit.layers'),
      (key: string) =>
        key
          .replace('model.layers', 'model.vit.encoder.layer')
          .replace(/\.([qv])_proj/, (_, letter) => `.attention.${letter === 'q' ? 'query' : 'value'}`),
    ]) {
      const tensors = await readTensors(join(fixture('vit'), 'adapter_model.safetensors'));
      const path = join(folder, 'renamed');
      await writeAdapter(path, config, new Map([...tensors].map(([key, tensor]) => [rename(key), tensor])));
      const adapters = await loadAdapter(base, path);
      expect(adapters.layersOf('default')).toHaveLength(6);
      adapters.dispose();
    }
  });
});

describe('the default targets', () => {
  it.each([
    ['vision-encoder/fixtures/tiny-vit', ['q_proj', 'v_proj'], 'layers.2.attention.v_proj', 6],
    ['vision-encoder/fixtures/tiny-dinov2', ['q_proj', 'v_proj'], 'encoder.layer.2.attention.v_proj', 6],
    ['language-model/fixtures/tiny-bert', ['key', 'query', 'value'], 'encoder.layer.2.attention.self.value', 9],
  ])('of %s', async (path, targets, example, count) => {
    const { base } = await openTower(path);
    const { config, weights } = await encodeAdapter(attachLora(base, { rank: 16, alpha: 32, dropout: 0.05 }));
    expect(config).toMatchObject({
      target_modules: targets,
      r: 16,
      lora_alpha: 32,
      lora_dropout: 0.05,
      peft_type: 'LORA',
    });
    const path_ = join(folder, 'weights.safetensors');
    await writeFile(path_, weights);
    const written = await readTensors(path_);
    expect(written.size).toBe(2 * count);
    expect(written.get(`base_model.model.${example}.lora_B.weight`)!.shape).toEqual([32, 16]);
  });
});

describe('saving and loading', () => {
  let base: TwoLayers;
  let adapters: LoraAdapters;
  beforeEach(() => {
    base = new TwoLayers().eval();
    adapters = attachLora(base, { rank: 2, alpha: 6, dropout: 0.25, rankStabilized: true, targetModules: ['query'] });
    randomizeAdapter(adapters);
  });

  it('goes round, in a folder and in memory', async () => {
    const adapted = base.forward(exampleInput());
    await saveAdapter(adapters, join(folder, 'a', 'b'));
    const files = await encodeAdapter(adapters);
    adapters.dispose();
    for (const load of [() => loadAdapter(base, join(folder, 'a', 'b')), () => decodeAdapter(base, files)]) {
      const loaded = await load();
      expect(await largestDifference(base.forward(exampleInput()), adapted)).toBe(0);
      expect(loaded.configuration('default')).toEqual({ rank: 2, alpha: 6, dropout: 0.25, rankStabilized: true });
      expect(loaded.trainableVariables()).toEqual([]);
      expect(base.query.weight.requiresGrad).toBe(false);
      loaded.dispose();
    }
    base.unfreeze();
    const loaded = await loadAdapter(base, join(folder, 'a', 'b'), { trainable: true, freezeBase: false });
    expect(loaded.trainableVariables()).toHaveLength(2);
    expect(base.query.weight.requiresGrad).toBe(true);
  });

  it('writes float16 when asked', async () => {
    const [whole, half] = [await encodeAdapter(adapters), await encodeAdapter(adapters, { halfPrecision: true })];
    const file = await SafetensorsFile.fromBytes(half.weights);
    expect([...file.tensors.values()].map(({ dtype }) => dtype)).toEqual(['F16', 'F16']);
    expect(half.weights.length).toBeLessThan(whole.weights.length);
    const other = new TwoLayers().eval();
    const [of, ofHalf] = [adapters.layersOf('default')[0]!, (await decodeAdapter(other, half)).layersOf('default')[0]!];
    expect(await largestDifference(of.factors('default')!.A.value, ofHalf.factors('default')!.A.value)).toBeLessThan(
      5e-4,
    );
  });

  it('writes a merged adapter as it is', async () => {
    const files = await encodeAdapter(adapters);
    adapters.merge();
    expect(await encodeAdapter(adapters)).toEqual(files);
  });

  it('adds a second adapter to a handle, and replaces one of the same name', async () => {
    const adapted = base.forward(exampleInput());
    await saveAdapter(adapters, folder);
    expect(await loadAdapter(adapters, folder, { adapterName: 'copy' })).toBe(adapters);
    expect(adapters.activeAdapters).toEqual(['default']);
    expect(adapters.trainableVariables()).toHaveLength(2);
    adapters.setAdapter('copy');
    expect(await largestDifference(base.forward(exampleInput()), adapted)).toBe(0);
    adapters.setAdapter('default');
    randomizeAdapter(adapters, 'default', 60);
    await loadAdapter(adapters, folder);
    expect(await largestDifference(base.forward(exampleInput()), adapted)).toBe(0);
    expect(adapters.trainableVariables()).toHaveLength(2);
    adapters.setAdapter(['default', 'copy']);
    await expect(saveAdapter(adapters, folder)).rejects.toThrow(
      'Several adapters are active (default, copy): say which to save by adapterName.',
    );
    await saveAdapter(adapters, folder, { adapterName: 'copy' });
  });

  it('refuses to replace an adapter of another rank or on other layers', async () => {
    await saveAdapter(adapters, folder);
    adapters.addAdapter('wide', { rank: 4, alpha: 6, rankStabilized: true, targetModules: ['query'] });
    await expect(loadAdapter(adapters, folder, { adapterName: 'wide' })).rejects.toThrow(
      'has a rank of 2, but the adapter "wide" has 4',
    );
    adapters.addAdapter('elsewhere', { rank: 2, alpha: 6, rankStabilized: true, targetModules: ['value'] });
    await expect(loadAdapter(adapters, folder, { adapterName: 'elsewhere' })).rejects.toThrow(
      'adapts other layers than the adapter "elsewhere"',
    );
  });

  it('leaves no temporary file when writing fails', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(saveAdapter(adapters, join(folder, 'file'))).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('loading refuses', () => {
  const SUPPORTED = { peft_type: 'LORA', r: 2, lora_alpha: 4, bias: 'none', target_modules: ['query'] };
  const WEIGHTS = {
    'base_model.model.attention.query.lora_A.weight': [2, 3],
    'base_model.model.attention.query.lora_B.weight': [4, 2],
  };

  const attempt = async (config: unknown, shapes: Record<string, number[]>) => {
    const path = join(folder, 'adapter');
    await writeAdapter(path, config, new Map(Object.entries(shapes).map(([key, shape]) => [key, tf.zeros(shape)])));
    const base = new TwoLayers();
    try {
      return await loadAdapter(base, path);
    } finally {
      base.dispose();
    }
  };

  it('nothing that is plain LoRA', async () => {
    const neutral = {
      use_dora: false,
      modules_to_save: null,
      rank_pattern: {},
      layers_to_transform: [1],
      unknown_setting: 7,
      fan_in_fan_out: true,
    };
    const adapters = await attempt({ ...SUPPORTED, ...neutral }, WEIGHTS);
    expect(adapters).toBeInstanceOf(LoraAdapters);
    expect(adapters.configuration('default')).toEqual({
      rank: 2,
      alpha: 4,
      dropout: 0,
      rankStabilized: false,
      numberedLayers: { layersToTransform: [1], layersPattern: [] },
    });
  });

  it.each([
    [[], 'is not a JSON object.'],
    [{ peft_type: 'IA3' }, 'has peft_type "IA3"; only "LORA" is supported.'],
    [{}, 'has peft_type undefined'],
    [{ ...SUPPORTED, use_dora: true }, 'asks for "use_dora": true, which is not supported: only plain LoRA is.'],
    [
      { ...SUPPORTED, bias: 'lora_only' },
      'asks for "bias": "lora_only": trained biases are not supported, only "none".',
    ],
    [{ ...SUPPORTED, layers_to_transform: ['1'] }, 'layersToTransform must be numbers of layers from 0, got "1".'],
    [{ ...SUPPORTED, modules_to_save: ['classifier'] }, 'asks for "modules_to_save": ["classifier"]'],
    [{ ...SUPPORTED, rank_pattern: { query: 4 } }, 'asks for "rank_pattern": {"query":4}'],
    [{ ...SUPPORTED, alpha_pattern: { query: 4 } }, 'asks for "alpha_pattern": {"query":4}'],
    [{ ...SUPPORTED, lora_bias: true }, 'asks for "lora_bias": true'],
    [
      { ...SUPPORTED, init_lora_weights: 'pissa_niter_4' },
      `asks for "init_lora_weights": "pissa_niter_4", which changes the base model's weights`,
    ],
    [{ ...SUPPORTED, r: '2' }, '"r" must be a number, got "2".'],
    [{ ...SUPPORTED, r: 0 }, 'rank must be a positive integer, got 0.'],
    [{ ...SUPPORTED, lora_alpha: null }, '"lora_alpha" must be a number, got null.'],
    [{ ...SUPPORTED, lora_alpha: 0 }, 'alpha must be a positive number, got 0.'],
    [{ ...SUPPORTED, lora_alpha: -8 }, 'alpha must be a positive number, got -8.'],
  ])('the configuration %j', async (config, message) => {
    const text = `${join(folder, 'adapter', 'adapter_config.json')}`;
    await expect(attempt(config, WEIGHTS)).rejects.toThrow(message);
    await expect(attempt(config, WEIGHTS)).rejects.toThrow(text);
  });

  it.each<[string, Record<string, number[]>, string]>([
    [
      'another rank than the configuration says',
      { ...WEIGHTS, 'base_model.model.attention.query.lora_A.weight': [8, 3] },
      '"base_model.model.attention.query.lora_A.weight" must have the shape [2,3] for rank 2',
    ],
    [
      'another width',
      { ...WEIGHTS, 'base_model.model.attention.query.lora_B.weight': [5, 2] },
      'must have the shape [4,2] for rank 2',
    ],
    [
      'a layer that is not there',
      { 'base_model.model.attention.key.lora_A.weight': [2, 3] },
      'adapts "attention.key", but TwoLayers has no such Linear layer: is the adapter for another model?',
    ],
    [
      'names of a compiled model',
      { '_orig_mod.base_model.model.attention.query.lora_A.weight': [2, 3] },
      'has no such Linear layer: it was saved from a model that torch.compile had wrapped',
    ],
    [
      'half a pair',
      { 'base_model.model.attention.query.lora_A.weight': [2, 3] },
      'has only lora_A for attention.query, not lora_B.',
    ],
    [
      'something else',
      { ...WEIGHTS, 'base_model.model.attention.query.lora_magnitude_vector': [4] },
      'contains "base_model.model.attention.query.lora_magnitude_vector", which is not a weight of plain LoRA',
    ],
    [
      'one layer under two names',
      { ...WEIGHTS, 'attention.query.lora_A.weight': [2, 3] },
      'adapts attention.query twice, under two names.',
    ],
    ['nothing', {}, 'contains no tensors.'],
  ])('weights with %s', async (_, shapes, message) => {
    await expect(attempt(SUPPORTED, shapes)).rejects.toThrow(message);
    await expect(attempt(SUPPORTED, shapes)).rejects.toThrow(join(folder, 'adapter', 'adapter_model.safetensors'));
  });

  it('values that are not finite, by the name of the tensor', async () => {
    const adapters = attachLora(new TwoLayers(), { rank: 2, targetModules: ['query'] });
    adapters.layersOf('default')[0]!.factors('default')!.B.load(new Float32Array(8).fill(Number.NaN));
    const files = await encodeAdapter(adapters);
    await expect(decodeAdapter(new TwoLayers(), files)).rejects.toThrow(/query\.lora_B\.weight" holds NaN/);
  });

  it('files that are missing or broken, by name, and changes nothing', async () => {
    const base = new TwoLayers();
    const count = tf.memory().numTensors;
    await expect(loadAdapter(base, folder)).rejects.toThrow(`${folder} has no adapter_config.json.`);
    await writeFile(join(folder, 'adapter_config.json'), '{');
    await expect(loadAdapter(base, folder)).rejects.toThrow(`adapter_config.json of ${folder} is not valid JSON`);
    await writeFile(join(folder, 'adapter_config.json'), JSON.stringify(SUPPORTED));
    await expect(loadAdapter(base, folder)).rejects.toThrow('adapter_model.safetensors');
    await cp(join(fixture('vit'), 'adapter_model.safetensors'), join(folder, 'adapter_model.safetensors'));
    const whole = await readFile(join(folder, 'adapter_model.safetensors'));
    await writeFile(join(folder, 'adapter_model.safetensors'), whole.subarray(0, whole.length - 1));
    await expect(loadAdapter(base, folder)).rejects.toThrow('adapter_model.safetensors');
    expect([base.query.hasAdapter, base.query.weight.requiresGrad, tf.memory().numTensors]).toEqual([
      false,
      true,
      count,
    ]);
  });
});

interface Tower {
  base: Module;
  forward(input: tf.Tensor): tf.Tensor;
}

async function openTower(path: string): Promise<Tower> {
  if (path.startsWith('language-model')) {
    const base = await LanguageModel.fromPretrained(tower(path));
    const embed = (ids: tf.Tensor) => base.embed(tf.cast(ids, 'int32') as tf.Tensor2D);
    return { base, forward: (ids) => base.forward({ inputsEmbeds: embed(ids) }).lastHiddenState };
  }
  const base = await VisionEncoder.fromPretrained(tower(path));
  return { base, forward: (pixels) => base.forward(pixels as tf.Tensor4D).lastHiddenState };
}

async function readTensors(path: string): Promise<Map<string, tf.Tensor>> {
  const file = await SafetensorsFile.open(path);
  const tensors = new Map<string, tf.Tensor>();
  for (const [name, { shape }] of file.tensors) tensors.set(name, tf.tensor(await file.read(name), [...shape]));
  await file.close();
  return tensors;
}

async function writeAdapter(path: string, config: unknown, tensors: Map<string, tf.Tensor>): Promise<void> {
  const state = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const [key, tensor] of tensors) state.set(key, { shape: tensor.shape, data: await tensor.data<'float32'>() });
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'adapter_config.json'), JSON.stringify(config));
  await writeFile(join(path, 'adapter_model.safetensors'), encodeSafetensors(state));
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8'));
}
