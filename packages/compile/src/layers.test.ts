import '@llm-mde/nn'; // TensorFlow.js' gradients.
import '@tensorflow/tfjs-backend-cpu';
import { expectSameValues, numbers, valuesOf } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CompiledFunction, compile } from './index.js';

interface LayerCase {
  /** Makes the layer. */
  make: () => unknown;
  /** Shapes of the inputs, without the batch. */
  inputs?: number[][];
  /** The first input, where it is not numbers between −1 and 1. */
  values?: () => tf.Tensor;
  /** Whether the gradient is compared: TensorFlow.js lacks some, and has some wrong. @default true */
  gradient?: boolean;
}

const { layers } = tfl;
const BATCH = 2;
const [row, series, image, volume] = [[4], [5, 3], [6, 5, 3], [5, 3, 4, 2]];
const pair = [row, row];
const recurrentInitializer = 'glorotUniform'; // The default needs TensorFlow.js' chained operations.
const recurrent = { units: 3, recurrentInitializer } as const;
const ids = () => tf.tensor2d([1, 3, 0, 2, 2, 1], [BATCH, 3], 'int32');

const activation = (name: string): LayerCase => ({
  make: () => layers.activation({ activation: name as 'relu' }),
  inputs: [row],
});

/** Every layer of tf.layers, by the function that makes it. */
const CASES: Record<string, LayerCase> = {
  elu: { make: () => layers.elu(), inputs: [row] },
  reLU: { make: () => layers.reLU({ maxValue: 0.5 }), inputs: [row] },
  leakyReLU: { make: () => layers.leakyReLU({ alpha: 0.2 }), inputs: [row] },
  prelu: { make: () => layers.prelu(), inputs: [row] },
  softmax: { make: () => layers.softmax(), inputs: [row] },
  thresholdedReLU: { make: () => layers.thresholdedReLU({ theta: 0.2 }), inputs: [row], gradient: false },
  'activation, elu': activation('elu'),
  'activation, gelu': activation('gelu'),
  'activation, gelu_new': activation('gelu_new'),
  'activation, hardSigmoid': activation('hardSigmoid'),
  'activation, mish': activation('mish'),
  'activation, relu6': activation('relu6'),
  'activation, selu': activation('selu'),
  'activation, sigmoid': activation('sigmoid'),
  'activation, softmax': activation('softmax'),
  'activation, softplus': activation('softplus'),
  'activation, softsign': activation('softsign'),
  'activation, swish': activation('swish'),
  'activation, tanh': activation('tanh'),
  dense: { make: () => layers.dense({ units: 3, activation: 'relu' }), inputs: [row] },
  embedding: { make: () => layers.embedding({ inputDim: 4, outputDim: 3 }), inputs: [[3]], values: ids },
  conv1d: { make: () => layers.conv1d({ filters: 4, kernelSize: 3, padding: 'same' }), inputs: [series] },
  conv2d: { make: () => layers.conv2d({ filters: 4, kernelSize: 3, strides: 2 }), inputs: [image] },
  conv2dTranspose: {
    make: () => layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
    inputs: [image],
  },
  conv3d: { make: () => layers.conv3d({ filters: 3, kernelSize: 2, padding: 'same' }), inputs: [volume] },
  conv3dTranspose: {
    make: () => layers.conv3dTranspose({ filters: 3, kernelSize: 2, strides: 2 }),
    inputs: [volume],
    gradient: false,
  },
  depthwiseConv2d: { make: () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), inputs: [image] },
  separableConv2d: { make: () => layers.separableConv2d({ filters: 4, kernelSize: 3 }), inputs: [image] },
  cropping2D: {
    make: () =>
      layers.cropping2D({
        cropping: [
          [1, 0],
          [2, 1],
        ],
      }),
    inputs: [image],
  },
  zeroPadding2d: {
    make: () =>
      layers.zeroPadding2d({
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
    inputs: [image],
  },
  // TensorFlow.js' gradient is wrong behind the first image; see the kernels' tests of finite differences.
  upSampling2d: { make: () => layers.upSampling2d({ size: [2, 2] }), inputs: [image], gradient: false },
  'upSampling2d, bilinear': {
    make: () => layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }),
    // TensorFlow.js' gradient on the CPU is for squares only.
    inputs: [[6, 6, 3]],
  },
  averagePooling1d: { make: () => layers.averagePooling1d({ poolSize: 2 }), inputs: [series] },
  averagePooling2d: { make: () => layers.averagePooling2d({ poolSize: 2 }), inputs: [image] },
  averagePooling3d: { make: () => layers.averagePooling3d({ poolSize: 2 }), inputs: [volume] },
  globalAveragePooling1d: { make: () => layers.globalAveragePooling1d(), inputs: [series] },
  globalAveragePooling2d: { make: () => layers.globalAveragePooling2d({}), inputs: [image] },
  globalMaxPooling1d: { make: () => layers.globalMaxPooling1d(), inputs: [series] },
  globalMaxPooling2d: { make: () => layers.globalMaxPooling2d({}), inputs: [image] },
  maxPooling1d: { make: () => layers.maxPooling1d({ poolSize: 2 }), inputs: [series] },
  maxPooling2d: { make: () => layers.maxPooling2d({ poolSize: 2 }), inputs: [image] },
  maxPooling3d: { make: () => layers.maxPooling3d({ poolSize: 2 }), inputs: [volume] },
  dropout: { make: () => layers.dropout({ rate: 0.4 }), inputs: [row] },
  spatialDropout1d: { make: () => layers.spatialDropout1d({ rate: 0.4 }), inputs: [series] },
  gaussianNoise: { make: () => layers.gaussianNoise({ stddev: 0.3 }), inputs: [row] },
  gaussianDropout: { make: () => layers.gaussianDropout({ rate: 0.3 }), inputs: [row] },
  alphaDropout: { make: () => layers.alphaDropout({ rate: 0.3 }), inputs: [row] },
  flatten: { make: () => layers.flatten(), inputs: [image] },
  repeatVector: { make: () => layers.repeatVector({ n: 3 }), inputs: [row] },
  reshape: { make: () => layers.reshape({ targetShape: [3, -1] }), inputs: [image] },
  permute: { make: () => layers.permute({ dims: [2, 1] }), inputs: [series] },
  masking: { make: () => layers.masking({ maskValue: 0 }), inputs: [series], gradient: false },
  add: { make: () => layers.add(), inputs: pair },
  average: { make: () => layers.average(), inputs: pair },
  concatenate: { make: () => layers.concatenate(), inputs: pair },
  maximum: { make: () => layers.maximum(), inputs: pair },
  minimum: { make: () => layers.minimum(), inputs: pair },
  multiply: { make: () => layers.multiply(), inputs: pair },
  dot: { make: () => layers.dot({ axes: 1 }), inputs: pair },
  batchNormalization: { make: () => layers.batchNormalization(), inputs: [image] },
  'batchNormalization, rows': { make: () => layers.batchNormalization(), inputs: [row] },
  layerNormalization: { make: () => layers.layerNormalization(), inputs: [series] },
  rescaling: { make: () => layers.rescaling({ scale: 2, offset: 0.5 }), inputs: [image] },
  centerCrop: { make: () => layers.centerCrop({ height: 3, width: 4 }), inputs: [image], gradient: false },
  simpleRNN: { make: () => layers.simpleRNN(recurrent), inputs: [series] },
  gru: { make: () => layers.gru(recurrent), inputs: [series] },
  lstm: { make: () => layers.lstm({ ...recurrent, returnSequences: true }), inputs: [series] },
  convLstm2d: {
    make: () => layers.convLstm2d({ filters: 2, kernelSize: 2, recurrentInitializer } as never),
    inputs: [[2, 4, 4, 2]],
  },
  rnn: { make: () => layers.rnn({ cell: layers.simpleRNNCell(recurrent) as never }), inputs: [series] },
  stackedRNNCells: {
    make: () => {
      const cells = [layers.lstmCell(recurrent), layers.gruCell(recurrent)] as never[];
      return layers.rnn({ cell: layers.stackedRNNCells({ cells }) as never });
    },
    inputs: [series],
  },
  bidirectional: {
    make: () => layers.bidirectional({ layer: layers.lstm(recurrent) as tfl.RNN, mergeMode: 'concat' } as never),
    inputs: [series],
  },
  timeDistributed: { make: () => layers.timeDistributed({ layer: layers.dense({ units: 2 }) }), inputs: [series] },
};

/** Covered by others: the cells of recurrent layers, and what makes no layer of its own. */
const ELSEWHERE = [
  'simpleRNNCell',
  'gruCell',
  'lstmCell',
  'convLstm2dCell',
  'inputLayer',
  'input',
  'Layer',
  'RNN',
  'RNNCell',
];
/** It looks at the values of its input to check them. */
const REFUSED = ['categoryEncoding'];
/** TensorFlow.js 4.22 itself can't run a model that has them. */
const BROKEN = ['randomWidth', 'resizing'];

let keeper: CompiledFunction<[tf.Tensor], tf.Tensor>;
beforeAll(async () => {
  await tf.setBackend('cpu');
  // Keeps the worker alive from one case to the next.
  keeper = compile((a: tf.Tensor) => tf.neg(a));
  (await keeper({ data: Float32Array.of(1), shape: [1] })).dispose();
  vi.spyOn(Math, 'random').mockReturnValue(0.3);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await keeper.dispose();
});

function modelOf({ make, inputs = [row] }: LayerCase): tfl.LayersModel {
  const given = inputs.map((shape) => tfl.input({ shape }));
  const layer = make() as tfl.layers.Layer;
  const outputs = layer.apply(given.length === 1 ? given[0]! : given) as tfl.SymbolicTensor;
  const model = tfl.model({ inputs: given, outputs });
  model.setWeights(model.getWeights().map(({ shape }, index) => tf.add(tf.mul(numbers(shape, index), 0.5), 0.6)));
  return model;
}

/** The prediction, the result in training, and the gradients of that by inputs and weights. */
function everything(model: tfl.LayersModel, inputs: tf.Tensor[], withGradient: boolean): tf.Tensor[] {
  const single = <T>(list: T[]) => (list.length === 1 ? list[0]! : list);
  const run = (given: tf.Tensor[], training: boolean) => model.apply(single(given), { training }) as tf.Tensor;
  const results = [run(inputs, false), run(inputs, true)];
  if (!withGradient) return results;
  const loss = (...given: tf.Tensor[]) => {
    const result = run(given, true);
    return tf.sum(tf.mul(result, numbers(result.shape, 11))) as tf.Scalar;
  };
  if (inputs.every(({ dtype }) => dtype === 'float32')) results.push(...tf.grads(loss)(inputs));
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  if (variables.length > 0) results.push(...Object.values(tf.variableGrads(() => loss(...inputs), variables).grads));
  return results;
}

describe('equals eager TensorFlow.js, predicting and training', () => {
  for (const [name, given] of Object.entries(CASES)) {
    it(name, async () => {
      const model = modelOf(given);
      const inputs = given.inputs!.map((shape, index) => numbers([BATCH, ...shape], index + 1));
      if (given.values) inputs[0] = given.values();
      const before = model.getWeights().map((weight) => weight.dataSync().slice());
      const program = (...all: tf.Tensor[]) => everything(model, all, given.gradient ?? true);
      const compiled = compile(program);
      const actual = await valuesOf(await compiled(...inputs));
      await compiled.dispose();
      // Training has changed running statistics.
      const shapes = model.getWeights().map(({ shape }) => shape);
      const averages = model.getWeights().map((weight) => weight.dataSync().slice());
      model.setWeights(before.map((values, index) => tf.tensor(values, shapes[index]!)));
      expectSameValues(actual, await valuesOf(tf.tidy(() => program(...inputs))), 5e-5);
      for (const [index, weight] of model.getWeights().entries()) {
        expectSameValues(
          [{ shape: weight.shape, dtype: weight.dtype, values: averages[index]! }],
          [{ shape: weight.shape, dtype: weight.dtype, values: weight.dataSync() }],
          1e-5,
        );
      }
    });
  }

  it('are all layers that there are', () => {
    const factories = Object.entries(layers);
    const covered = new Set([
      ...Object.keys(CASES).map((name) => name.split(',')[0]!),
      ...ELSEWHERE,
      ...REFUSED,
      ...BROKEN,
    ]);
    // Other names of the same, such as avgPool1d.
    const made = [...covered].map((name) => (layers as Record<string, unknown>)[name]);
    const others = factories
      .filter(([name, factory]) => !covered.has(name) && !made.includes(factory))
      .filter(([name]) => !/^avgPool(ing)?[123]d$/.test(name));
    expect(others.map(([name]) => name)).toEqual([]);
  });

  it('refuses a layer that looks at values', async () => {
    const layer = layers.categoryEncoding({ numTokens: 4, outputMode: 'multiHot' });
    const compiled = compile((x: tf.Tensor) => (layer as tfl.layers.Layer).apply(x) as tf.Tensor);
    await expect(compiled(ids())).rejects.toThrow('dataSync() reads a value while the function is traced');
    await compiled.dispose();
  });
});
