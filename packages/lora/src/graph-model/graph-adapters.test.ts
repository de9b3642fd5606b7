import { manualSeed } from '@llm-mde/nn';
// The backend on wasm has no Einsum, and no gradient of depthwise convolutions.
import '@tensorflow/tfjs-backend-cpu';
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { attachLora, decodeAdapter, encodeAdapter, type GraphAdapters } from '../index.js';

const text = (value: string) => ({ s: btoa(value) });
const ones = { list: { i: ['1', '1', '1', '1'] } };
const strides = { strides: ones, dilations: ones, padding: text('VALID') };

/** The weights of the graph, by the names that a converter gives them. */
const WEIGHTS: Record<string, number[]> = {
  'model/stem/Conv2D/ReadVariableOp': [3, 3, 2, 3],
  'model/block_1/depthwise/ReadVariableOp': [2, 2, 3, 1],
  'model/words/embedding_lookup': [7, 12],
  'model/block_2/dense/MatMul/ReadVariableOp': [12, 4],
  'model/block_2/dense/BiasAdd/ReadVariableOp': [4],
  'model/block_3/dense/MatMul/ReadVariableOp': [3, 4],
  'model/heads/einsum/Einsum/ReadVariableOp': [3, 2, 3],
};

const NODES = [
  { name: 'image', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' } } },
  { name: 'ids', op: 'Placeholder', attr: { dtype: { type: 'DT_INT32' } } },
  ...Object.entries(WEIGHTS).map(([name]) => ({ name, op: 'Const', attr: { dtype: { type: 'DT_FLOAT' } } })),
  ...['axis', 'shape'].map((name) => ({ name, op: 'Const', attr: { dtype: { type: 'DT_INT32' } } })),
  { name: 'model/stem/Conv2D', op: 'Conv2D', input: ['image', 'model/stem/Conv2D/ReadVariableOp'], attr: strides },
  {
    name: 'model/block_1/depthwise',
    op: 'DepthwiseConv2dNative',
    input: ['model/stem/Conv2D', 'model/block_1/depthwise/ReadVariableOp'],
    attr: strides,
  },
  { name: 'model/flatten', op: 'Reshape', input: ['model/block_1/depthwise', 'shape'] },
  { name: 'model/words', op: 'GatherV2', input: ['model/words/embedding_lookup', 'ids', 'axis'] },
  { name: 'model/add', op: 'AddV2', input: ['model/flatten', 'model/words'] },
  {
    name: 'model/block_2/dense/Relu',
    op: '_FusedMatMul',
    input: ['model/add', 'model/block_2/dense/MatMul/ReadVariableOp', 'model/block_2/dense/BiasAdd/ReadVariableOp'],
    attr: { fused_ops: { list: { s: [btoa('BiasAdd'), btoa('Elu')] } }, num_args: { i: '1' } },
  },
  { name: 'model/block_3/identity', op: 'Identity', input: ['model/block_3/dense/MatMul/ReadVariableOp'] },
  {
    name: 'model/block_3/dense/MatMul',
    op: 'MatMul',
    input: ['model/block_2/dense/Relu', 'model/block_3/identity'],
    attr: { transpose_b: { b: true } },
  },
  {
    name: 'model/heads/einsum/Einsum',
    op: 'Einsum',
    input: ['model/block_3/dense/MatMul', 'model/heads/einsum/Einsum/ReadVariableOp'],
    attr: { equation: text('ab,bcd->acd'), N: { i: '2' } },
  },
];

async function open(): Promise<GraphModel> {
  const tensors = [
    ...Object.entries(WEIGHTS).map(([name, shape], index) => ({
      name,
      tensor: tf.randomNormal(shape, 0, 0.5, 'float32', index + 1),
    })),
    { name: 'axis', tensor: tf.scalar(0, 'int32') },
    { name: 'shape', tensor: tf.tensor1d([-1, 12], 'int32') },
  ];
  const { data, specs } = await tf.io.encodeWeights(tensors);
  for (const { tensor } of tensors) tensor.dispose();
  const modelTopology = { node: NODES, versions: { producer: 1, minConsumer: 0 } };
  const model = await loadGraphModel(tf.io.fromMemory({ modelTopology, weightSpecs: specs, weightData: data }));
  onTestFinished(() => model.dispose());
  return model;
}

const EVERY = ['Conv2D', 'depthwise', 'words', 'dense', 'einsum'];

let model: GraphModel;
let inputs: { image: tf.Tensor; ids: tf.Tensor };
beforeAll(() => void tf.setBackend('cpu'));
beforeEach(async () => {
  manualSeed(2);
  model = await open();
  inputs = { image: tf.randomNormal([3, 5, 5, 2], 0, 1, 'float32', 9), ids: tf.tensor1d([1, 6, 1], 'int32') };
});

const predict = (of = model) => of.predict(inputs) as tf.Tensor;

const values = async (of = model) =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(of.weights).map(async ([name, [tensor]]) => [name, Array.from(await tensor!.data())]),
    ),
  );

async function difference(one: tf.Tensor, other: tf.Tensor): Promise<number> {
  return (await tf.max(tf.abs(tf.sub(one, other))).data())[0]!;
}

function randomize(adapters: GraphAdapters): void {
  for (const { branch } of adapters.branchesOf('default').values())
    for (const { size, load } of [branch.A, branch.B].map((each) => ({ size: each.size, load: each.load.bind(each) })))
      load(Float32Array.from({ length: size }, (_, index) => Math.sin(index + size)));
}

describe('adapters of a graph model', () => {
  it('add scale·B·A to the weights, as worked out with tensors', async () => {
    const [dense, second] = [2, 3].map((block) => `model/block_${block}/dense/MatMul/ReadVariableOp`);
    const adapters = attachLora(model, { rank: 2, alpha: 6, targetModules: ['dense'] });
    const branches = adapters.branchesOf('default');
    expect([...branches.keys()]).toEqual([dense, second]);
    const plain = predict();
    expect(
      await difference(
        plain,
        adapters.withAdaptersDisabled(() => predict()),
      ),
    ).toBe(0);
    randomize(adapters);
    const at = (name: string) => {
      const { branch } = branches.get(name)!;
      return tf.mul(tf.matMul(branch.B.value as tf.Tensor2D, branch.A.value as tf.Tensor2D), 3);
    };
    const weight = (name: string) => model.weights[name]![0]! as tf.Tensor2D;
    const x = model.execute(inputs, 'model/add') as tf.Tensor2D;
    const hidden = tf.elu(
      tf.add(
        tf.matMul(x, tf.add(weight(dense!), tf.transpose(at(dense!)))),
        weight('model/block_2/dense/BiasAdd/ReadVariableOp'),
      ),
    ) as tf.Tensor2D;
    const result = tf.matMul(hidden, tf.add(weight(second!), at(second!)) as tf.Tensor2D, false, true);
    const expected = tf.einsum('ab,bcd->acd', result, weight('model/heads/einsum/Einsum/ReadVariableOp'));
    expect(await difference(predict(), expected)).toBeLessThan(1e-4);
    expect(await difference(predict(), plain)).toBeGreaterThan(0.1);
  });

  it.each([false, true])('are all that an optimizer trains, and no tensor is left; DoRA: %s', async (dora) => {
    const before = await values();
    const targetModules = dora ? EVERY.filter((name) => name !== 'words') : EVERY;
    const { numTensors: atFirst } = tf.memory();
    const adapters = attachLora(model, { rank: 2, targetModules, dora });
    expect(adapters.branchesOf('default').size).toBe(targetModules.length + 1);
    const y = tf.randomNormal([3, 2, 3], 0, 1, 'float32', 4);
    const loss = () => tf.mean(tf.squaredDifference(predict(), y)) as tf.Scalar;
    const start = await Promise.all(adapters.trainableVariables().map(async (each) => Array.from(await each.data())));
    const optimizer = tf.train.adam(0.02);
    const step = () => (optimizer.minimize(loss, true) as tf.Scalar).dataSync()[0]!;
    const first = step();
    for (let count = 0; count < 3; count++) tf.tidy(step);
    const { numTensors } = tf.memory();
    let last = first;
    for (let count = 0; count < 30; count++) last = tf.tidy(step);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(last).toBeLessThan(0.5 * first);
    expect(await values()).toEqual(before);
    for (const [index, variable] of adapters.trainableVariables().entries())
      expect(Array.from(await variable.data())).not.toEqual(start[index]);
    const { text } = adapters.trainableParameters();
    expect(text).toBe(
      dora
        ? 'trainable params: 139 || all params: 371 || trainable%: 37.4663'
        : 'trainable params: 158 || all params: 390 || trainable%: 40.5128',
    );
    optimizer.dispose();
    adapters.dispose();
    y.dispose();
    // The loss of the first step.
    expect(tf.memory().numTensors).toBe(atFirst + 1);
  });

  it('are merged, unloaded into the weights, and then saved with the model', async () => {
    const before = await values();
    const plain = predict();
    const { numTensors } = tf.memory();
    const adapters = attachLora(model, { rank: 2, targetModules: EVERY });
    randomize(adapters);
    const adapted = tf.keep(predict());
    adapters.merge();
    expect(adapters.trainableVariables()).toHaveLength(0);
    expect(() => adapters.setAdapter('default')).toThrow('while the adapters are merged: call unmerge() first.');
    expect(await difference(predict(), adapted)).toBe(0);
    adapters.unmerge();
    expect(adapters.trainableVariables()).toHaveLength(12);
    adapters.detach();
    expect(await values()).toEqual(before);
    expect(await difference(predict(), plain)).toBe(0);
    adapters.dispose();
    const again = attachLora(model, { rank: 2, targetModules: EVERY });
    randomize(again);
    again.unload();
    expect(await difference(predict(), adapted)).toBeLessThan(1e-5);
    tf.dispose([adapted]);
    expect(tf.memory().numTensors - numTensors).toBeLessThanOrEqual(12);
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
      }),
    );
    const reopened = await loadGraphModel(tf.io.fromMemory(saved!));
    expect(await difference(predict(reopened), predict())).toBe(0);
    reopened.dispose();
  });

  it('are saved and loaded, with weights that are trained as a whole', async () => {
    const adapters = attachLora(model, {
      rank: 2,
      dora: true,
      targetModules: ['dense'],
      layersToTransform: 3,
      layersPattern: 'block',
      modulesToSave: ['BiasAdd', 'stem'],
    });
    expect(adapters.trainableVariables()).toHaveLength(3 + 2);
    randomize(adapters);
    const optimizer = tf.train.sgd(0.1);
    optimizer.minimize(() => tf.mean(tf.square(predict())) as tf.Scalar, false, adapters.trainableVariables());
    const files = await encodeAdapter(adapters);
    expect(files.config).toMatchObject({
      base_model_format: 'tfjs-graph-model',
      target_modules: ['model/block_3/dense/MatMul/ReadVariableOp'],
      modules_to_save: ['model/stem/Conv2D/ReadVariableOp', 'model/block_2/dense/BiasAdd/ReadVariableOp'],
    });
    const other = await open();
    const plain = predict(other);
    const loaded = await decodeAdapter(other, files);
    expect(await difference(predict(other), predict())).toBeLessThan(1e-6);
    expect(await difference(predict(other), plain)).toBeGreaterThan(1e-3);
    const trained = predict();
    loaded.unload();
    expect(await difference(predict(other), trained)).toBeLessThan(1e-5);
    const dense = tfl.sequential({ layers: [tfl.layers.dense({ units: 4, inputShape: [12] })] });
    await expect(decodeAdapter(dense, files)).rejects.toThrow(
      'adapter_config.json says "base_model_format": "tfjs-graph-model": the adapter is for another kind of model.',
    );
  });

  it('hold in asynchronous execution, several at once', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    const adapters = attachLora(model, { rank: 2, targetModules: EVERY });
    randomize(adapters);
    const expected = predict();
    const { numTensors } = tf.memory();
    const results = (await Promise.all([1, 2, 3].map(() => model.executeAsync(inputs)))) as tf.Tensor[];
    expect(tf.memory().numTensors).toBe(numTensors + 3);
    for (const result of results) expect(await difference(result, expected)).toBe(0);
    const running = model.executeAsync(inputs);
    adapters.unload();
    expect(await difference(predict(), expected)).toBeLessThan(1e-5);
    await running;
    expect(await difference(predict(), expected)).toBeLessThan(1e-5);
  });

  it('refuse what cannot be done, with a sentence, and leave the model as it was', async () => {
    const { numTensors } = tf.memory();
    const refused = (options: object, message: string) =>
      expect(() => attachLora(model, { targetModules: ['dense'], ...options })).toThrow(message);
    refused(
      { targetModules: ['den'] },
      'No weight matches the target modules den. Weights that can be adapted: model/stem',
    );
    refused(
      { targetModules: EVERY, dora: true },
      'DoRA is not for embeddings, and model/words/embedding_lookup is one',
    );
    refused({ modulesToSave: ['head'] }, "No weight matches modulesToSave head. The graph's weights: model/stem");
    refused(
      { layersToTransform: 7, layersPattern: 'block' },
      'layersToTransform asks for layer 7, but the layers that match the target modules have the numbers 2, 3.',
    );
    expect(tf.memory().numTensors).toBe(numTensors);
    const adapters = attachLora(model, { targetModules: 'all-linear' });
    expect([...adapters.branchesOf('default').keys()].map((path) => path.split('/')[1])).toEqual([
      'block_2',
      'block_3',
      'heads',
    ]);
    refused({}, 'The graph model already has adapters: use addAdapter of the handle that they belong to.');
    adapters.dispose();
  });
});
