import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SafetensorsFile } from '@llm-mde/checkpoints';
import { manualSeed } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { attachLora, decodeAdapter, encodeAdapter, type LayersAdapters, loadAdapter, saveAdapter } from '../index.js';
import { adaptableLayers } from './adaptable-layers.js';

const { dense, inputLayer, conv2d, embedding, reLU, depthwiseConv2d, batchNormalization } = tfl.layers;

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/layers/${name}`, import.meta.url));

/** The models of tooling/parity/layers-goldens.py. */
const MODELS = {
  dense: () =>
    tfl.sequential({
      layers: [dense({ name: 'first', units: 8, inputShape: [6] }), reLU(), dense({ name: 'second', units: 4 })],
    }),
  convolutions: () =>
    tfl.sequential({
      layers: [
        conv2d({ name: 'first', filters: 4, kernelSize: 3, strides: 2, inputShape: [7, 5, 3] }),
        reLU(),
        conv2d({ name: 'second', filters: 5, kernelSize: [1, 2] }),
      ],
    }),
  embedding: () =>
    tfl.sequential({
      layers: [
        embedding({ name: 'words', inputDim: 11, outputDim: 6, inputLength: 4 }),
        dense({ name: 'first', units: 4 }),
      ],
    }),
  numbered: () => numbered(),
};

/** A stack of three layers by number: `encoder.layer.0.dense`. */
function numbered(): tfl.Sequential {
  // Without a layer of inputs before it, the first model of a Sequential becomes a part of that.
  const inSix = () => inputLayer({ inputShape: [6] });
  const layers = ['0', '1', '2'].map((name) =>
    tfl.sequential({ name, layers: [inSix(), dense({ name: 'dense', units: 6 }), reLU()] }),
  );
  const layer = tfl.sequential({ name: 'layer', layers: [inSix(), ...layers] });
  const encoder = tfl.sequential({ name: 'encoder', layers: [inSix(), layer] });
  return tfl.sequential({ layers: [inSix(), encoder, dense({ name: 'dense', units: 4 })] });
}

/** A model with the base weights of a golden, and its tensors; images with channels last. */
async function open(kind: keyof typeof MODELS, folder: string) {
  const model = MODELS[kind]();
  onTestFinished(() => void model.dispose());
  const file = await opened(join(fixture(folder), 'goldens.safetensors'));
  const tensor = async (name: string): Promise<tf.Tensor> => {
    const { shape } = file.tensors.get(name)!;
    const read = tf.tensor(Float32Array.from(await file.readFinite(name)), [...shape]);
    return kind === 'convolutions' && shape.length === 4 && !name.startsWith('base.')
      ? tf.transpose(read, [0, 2, 3, 1])
      : read;
  };
  for (const { path, layer, form } of adaptableLayers(model).values()) {
    const weight = await tensor(`base.${path}.weight`);
    const kernel = form.kind === 'embedding' ? weight : form.toModel(tf.reshape(weight, [form.rows, form.columns]));
    const bias = file.tensors.has(`base.${path}.bias`) ? [await tensor(`base.${path}.bias`)] : [];
    for (const [index, values] of [kernel, ...bias].entries()) layer.weights[index]!.write(values);
  }
  return { model, tensor, input: await tensor('input'), output: await tensor('output') };
}

async function readJson(folder: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8'));
}

async function opened(path: string): Promise<SafetensorsFile> {
  const file = await SafetensorsFile.open(path);
  onTestFinished(() => file.close());
  return file;
}

async function difference(one: tf.Tensor, other: tf.Tensor): Promise<number> {
  const largest = tf.tidy(() => tf.max(tf.abs(tf.sub(one, other))));
  const [value] = await largest.data();
  largest.dispose();
  return value!;
}

const values = (variables: readonly { read(): tf.Tensor }[]) =>
  Promise.all(variables.map(async (variable) => Array.from(await variable.read().data())));

function small(): tfl.Sequential {
  const model = MODELS.dense();
  onTestFinished(() => void model.dispose());
  return model;
}

describe('adapters of tf.layers', () => {
  it.each([
    ['linear', 'dense'],
    ['rank-stabilized', 'dense'],
    ['patterns', 'dense'],
    ['dora', 'dense'],
    ['whole-layer', 'dense'],
    ['convolution', 'convolutions'],
    ['convolution-dora', 'convolutions'],
    ['embedding', 'embedding'],
    ['numbered', 'numbered'],
  ] as const)("have PEFT's outputs with what PEFT saved, and save the same: %s", async (name, kind) => {
    const { model, tensor, input, output } = await open(kind, name);
    expect(await difference(model.predict(input) as tf.Tensor, await tensor('base_output'))).toBeLessThan(1e-5);
    const adapters = await loadAdapter(model, fixture(name));
    expect(await difference(model.predict(input) as tf.Tensor, output)).toBeLessThan(1e-5);
    if (name !== 'whole-layer') {
      const without = adapters.withAdaptersDisabled(() => model.predict(input) as tf.Tensor);
      expect(await difference(without, await tensor('base_output'))).toBeLessThan(1e-5);
    }
    const { config, weights } = await encodeAdapter(adapters);
    const written = await SafetensorsFile.fromBytes(weights);
    const original = await opened(join(fixture(name), 'adapter_model.safetensors'));
    expect([...written.tensors.keys()].sort()).toEqual([...original.tensors.keys()].sort());
    for (const [key, { shape }] of original.tensors) {
      expect([key, written.tensors.get(key)!.shape]).toEqual([key, shape]);
      const [ours, theirs] = [await written.readFinite(key), await original.readFinite(key)];
      expect(Math.max(...ours.map((value, index) => Math.abs(value - theirs[index]!)))).toBeLessThan(1e-6);
    }
    const { target_modules, layers_to_transform, layers_pattern } = await readJson(fixture(name));
    expect(config).toMatchObject({
      peft_type: 'LORA',
      use_rslora: name === 'rank-stabilized',
      target_modules,
      layers_to_transform,
      layers_pattern: layers_pattern && [layers_pattern],
    });
    adapters.unload();
    expect(await difference(model.predict(input) as tf.Tensor, output)).toBeLessThan(1e-5);
    for (const { holder, property } of adaptableLayers(model).values()) {
      expect('isAdapted' in holder[property]!).toBe(false);
    }
  });

  it("sum up with weights as PEFT's do", async () => {
    const { model, input, output } = await open('dense', 'weighted');
    const adapters = await loadAdapter(model, fixture('weighted/one'), { adapterName: 'one' });
    await loadAdapter(adapters, fixture('weighted/two'), { adapterName: 'two' });
    await adapters.addWeightedAdapter('sum', { one: 0.7, two: 0.4 });
    expect(adapters.activeAdapters).toEqual(['one']);
    adapters.setAdapter('sum');
    expect(await difference(model.predict(input) as tf.Tensor, output)).toBeLessThan(1e-5);
    adapters.deleteAdapter('sum');
    expect(adapters.activeAdapters).toEqual(['one']);
    adapters.dispose();
  });

  it.each([false, true])('are all that fit trains, and no tensor is left behind; DoRA: %s', async (dora) => {
    manualSeed(3);
    const model = small();
    // Compiled before: it need not be compiled again.
    model.compile({ optimizer: tf.train.adam(0.05), loss: 'meanSquaredError' });
    const own = [...model.weights];
    const before = await values(own);
    const adapters = attachLora(model, { rank: 2, targetModules: 'all-linear', dora });
    const x = tf.randomNormal([32, 6], 0, 1, 'float32', 1);
    const y = tf.randomNormal([32, 4], 0, 1, 'float32', 2);
    const first = model.evaluate(x, y) as tf.Scalar;
    await model.fit(x, y, { epochs: 2, batchSize: 8 });
    const { numTensors } = tf.memory();
    // 100 steps with those before.
    const { history } = await model.fit(x, y, { epochs: 23, batchSize: 8 });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(history.loss!.at(-1)).toBeLessThan(0.8 * (await first.data())[0]!);
    expect(await values(own)).toEqual(before);
    const count = 2 * (6 + 8) + 2 * (8 + 4) + (dora ? 12 : 0);
    expect(adapters.trainableParameters()).toEqual({
      trainable: count,
      all: count + 92,
      text: `trainable params: ${count} || all params: ${count + 92} || trainable%: ${((100 * count) / (count + 92)).toFixed(4)}`,
    });
    adapters.dispose();
    expect(await values(model.trainableWeights)).toEqual(before);
  });

  it('are all that fit trains where the model is compiled after them, and what was trained before is trained again', async () => {
    const model = small();
    const own = [...model.weights];
    const before = await values(own);
    const adapters = attachLora(model, { rank: 2, targetModules: ['first'] });
    const others = attachLora(model, { rank: 2, targetModules: ['second'] });
    others.dispose();
    const x = tf.randomNormal([8, 6], 0, 1, 'float32', 1);
    const y = tf.randomNormal([8, 4], 0, 1, 'float32', 2);
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    await model.fit(x, y);
    expect(await values(own)).toEqual(before);
    expect(adapters.trainableVariables()).toHaveLength(2);
    adapters.dispose();
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    await model.fit(x, y);
    expect(await values(own)).not.toEqual(before);
  });

  it.each(['sgd', 'given', 'adam', 'rmsprop', 'adagrad', 'adadelta', 'adamax'] as const)(
    'are trained by a model that was fitted before with the optimizer %s, and so are its own weights after them',
    async (name) => {
      const model = tfl.sequential({
        layers: [dense({ units: 16, inputShape: [4] }), reLU(), dense({ units: 2 })],
      });
      const optimizer = name === 'given' ? tf.train.adam(0.01) : name;
      model.compile({ optimizer, loss: 'meanSquaredError' });
      onTestFinished(() => void model.dispose());
      const [x, y] = [tf.randomNormal([8, 4], 0, 1, 'float32', 1), tf.randomNormal([8, 2], 0, 1, 'float32', 2)];
      const fit = async () => model.fit(x, y, { epochs: 2, verbose: 0, shuffle: false });
      const weights = () => model.getWeights().map((weight) => weight.arraySync());
      await fit();
      const before = weights();
      const tensors = tf.memory().numTensors;
      const adapters = attachLora(model, { rank: 2, targetModules: 'all-linear' });
      const first = adapters.trainableVariables().map((variable) => variable.arraySync());
      await fit();
      expect(adapters.trainableVariables().map((variable) => variable.arraySync())).not.toEqual(first);
      adapters.detach();
      expect(weights()).toEqual(before);
      await fit();
      expect(weights()).not.toEqual(before);
      adapters.dispose();
      // The caller's own optimizer stays until the caller disposes it.
      if (optimizer instanceof tf.Optimizer) optimizer.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  it('are trained by a plain optimizer, with layers that are trained as a whole', async () => {
    const model = small();
    const [kernel] = model.layers[0]!.weights;
    const [second] = model.layers[2]!.weights;
    const adapters = attachLora(model, { rank: 2, targetModules: ['first'], modulesToSave: ['second'] });
    const before = [await values([kernel!]), await values([second!])];
    const x = tf.randomNormal([8, 6], 0, 1, 'float32', 1);
    const optimizer = tf.train.sgd(0.1);
    const loss = () => tf.mean(tf.square(model.apply(x) as tf.Tensor)) as tf.Scalar;
    expect(adapters.trainableVariables()).toHaveLength(4);
    for (let step = 0; step < 3; step++) optimizer.minimize(loss, false, adapters.trainableVariables());
    expect(await values([kernel!])).toEqual(before[0]);
    expect(await values([second!])).not.toEqual(before[1]);
    adapters.dispose();
  });

  it('are saved to a folder and loaded into another model of nested layers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'layers-adapters-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const build = () => {
      const inner = tfl.sequential({
        name: 'inner',
        layers: [
          depthwiseConv2d({ name: 'depth', kernelSize: 3, depthMultiplier: 2, inputShape: [5, 5, 2] }),
          batchNormalization({ name: 'norm' }),
        ],
      });
      const model = tfl.sequential({ layers: [inner, tfl.layers.flatten(), dense({ name: 'out', units: 3 })] });
      onTestFinished(() => void model.dispose());
      return model;
    };
    const [one, other] = [build(), build()];
    other.setWeights(one.getWeights());
    const adapters = attachLora(one, { rank: 2, alpha: 6, targetModules: /.*depth|out/ });
    for (const { branch } of adapters.branchesOf('default').values()) {
      branch.B.load(Float32Array.from({ length: branch.B.size }, (_, index) => Math.sin(index)));
    }
    await saveAdapter(adapters, folder);
    const loaded = await loadAdapter(other, folder);
    expect([...loaded.branchesOf('default').keys()]).toEqual(['inner.depth', 'out']);
    const x = tf.randomNormal([2, 5, 5, 2], 0, 1, 'float32', 5);
    const [expected, result] = [one.predict(x) as tf.Tensor, other.predict(x) as tf.Tensor];
    expect(await difference(result, expected)).toBe(0);
    expect(
      await difference(
        adapters.withAdaptersDisabled(() => one.predict(x) as tf.Tensor),
        expected,
      ),
    ).toBeGreaterThan(0.1);
    for (const each of [adapters, loaded]) each.dispose();
  });

  it('refuse what cannot be done, with a sentence, and leave the model as it was', async () => {
    const model = small();
    const refused = (options: object, message: string) => {
      expect(() =>
        attachLora(model, options as Parameters<typeof attachLora>[1] & { targetModules: 'all-linear' }),
      ).toThrow(message);
      expect(model.trainableWeights).toHaveLength(4);
    };
    refused(
      { targetModules: ['third'] },
      'No layer matches the target modules third. Layers that can be adapted: first, second.',
    );
    refused(
      { targetModules: 'all-linear', layersToTransform: [2], layersPattern: ['first'] },
      'lies in the names ["first"] with a number: first, second.',
    );
    refused({ targetModules: 'all-linear', rank: 0 }, 'rank must be a positive integer, got 0.');
    refused({ targetModules: 'all-linear', dropout: 0.1 }, 'their input cannot be dropped');
    const words = MODELS.embedding();
    expect(() => attachLora(words, { targetModules: ['words'], dora: true })).toThrow('DoRA is not for embeddings');
    const adapters = attachLora(model, { targetModules: ['first'] });
    expect(() => attachLora(model, { targetModules: ['first'] })).toThrow('already has an adapter from elsewhere');
    const files = await encodeAdapter(adapters);
    await expect(decodeAdapter(model, files)).rejects.toThrow('already has an adapter from elsewhere');
    expect(adapters.trainableVariables()).toHaveLength(2);
    const other = small();
    await expect(decodeAdapter(other, files, { adapterName: 'a.b' })).rejects.toThrow(
      'must not be empty or contain a dot',
    );
    expect(other.trainableWeights).toHaveLength(4);
    await expect(decodeAdapter(words, files)).rejects.toThrow(
      '"base_model.model.first.lora_B.weight" must have the shape [4,8] (as adapter_config.json says), got [8,8].',
    );
    adapters.detach();
    expect(() => adapters.addAdapter('more', { targetModules: 'all-linear' })).toThrow(
      'were detached from their model',
    );
    adapters.dispose();
    words.dispose();
  });

  it('switch: of several, those that are named add up', async () => {
    const model = small();
    // All features are above 0, so that each change shows behind the activation.
    model.setWeights(model.getWeights().map((weight) => tf.fill(weight.shape, 0.1)));
    const adapters: LayersAdapters = attachLora(model, { rank: 1, targetModules: ['first'] });
    adapters.addAdapter('other', { rank: 3, targetModules: 'all-linear' });
    for (const name of adapters.adapterNames) {
      for (const { branch } of adapters.branchesOf(name).values()) {
        branch.B.load(new Float32Array(branch.B.size).fill(name === 'other' ? 0.02 : -0.03));
      }
    }
    const x = tf.ones([1, 6]);
    const predict = async () => Array.from(await (model.predict(x) as tf.Tensor).data());
    const results: string[] = [];
    for (const names of [['default'], ['other'], ['default', 'other']]) {
      adapters.setAdapter(names);
      results.push((await predict()).join());
    }
    expect(new Set(results).size).toBe(3);
    expect(adapters.trainableVariables()).toHaveLength(6);
    adapters.dispose();
  });
});
