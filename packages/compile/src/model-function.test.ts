import '@llm-mde/nn'; // TensorFlow.js' gradients.
import '@tensorflow/tfjs-backend-cpu';
import { numbers } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import { expectClose } from '@llm-mde/tooling-vitest/testing/expect-close';
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { compile, type ModelInputs, toOnnx, trace } from './index.js';

beforeAll(() => tf.setBackend('cpu'));

const values = async (tensor: tf.Tensor) => Array.from(await tensor.data());

/** A convolution, batch normalization whose averages are not those that it begins with, and dropout. */
function imageModel(dropout = 0): tfl.Sequential {
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [6, 6, 2], filters: 4, kernelSize: 3, activation: 'relu' }),
      tfl.layers.batchNormalization({ momentum: 0.7 }),
      tfl.layers.flatten(),
      tfl.layers.dropout({ rate: dropout }),
      tfl.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  model.setWeights(model.getWeights().map(({ shape }, index) => tf.mul(tf.add(numbers(shape, index), 1.2), 0.2)));
  return model;
}

/** Two inputs and two outputs. */
function twoArmedModel(): tfl.LayersModel {
  const [left, right] = [tfl.input({ shape: [4], name: 'left' }), tfl.input({ shape: [3], name: 'right' })];
  const joined = tfl.layers
    .concatenate()
    .apply([left, tfl.layers.dense({ units: 4 }).apply(right) as tfl.SymbolicTensor]) as tfl.SymbolicTensor;
  const outputs = ['first', 'second'].map(
    (name, index) => tfl.layers.dense({ units: index + 2, name }).apply(joined) as tfl.SymbolicTensor,
  );
  return tfl.model({ inputs: [left, right], outputs });
}

interface GraphNode {
  name: string;
  op: string;
  input?: string[];
  attr?: object;
}

/** A GraphModel as TensorFlow's converter writes them. */
async function graphModel(
  nodes: GraphNode[],
  weights: Record<string, tf.Tensor>,
  outputs?: object,
): Promise<GraphModel> {
  const typed = (dtype: string) => ({ type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' });
  const constants = Object.entries(weights).map(([name, { dtype }]) => ({
    name,
    op: 'Const',
    attr: { dtype: typed(dtype) },
  }));
  const { data, specs } = await tf.io.encodeWeights(weights);
  const modelTopology = { node: [...constants, ...nodes], versions: { producer: 1 } };
  return loadGraphModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: specs,
      weightData: data,
      ...(outputs && { userDefinedMetadata: outputs }),
    } as tf.io.ModelArtifacts),
  );
}

const placeholder = (name: string, sizes: number[]): GraphNode => ({
  name,
  op: 'Placeholder',
  attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: sizes.map((size) => ({ size: String(size) })) } } },
});

/** x of [batch,2,3] times a matrix of [6,4], reshaped by a shape that the graph computes. */
const reshapingModel = () =>
  graphModel(
    [
      placeholder('x', [-1, 2, 3]),
      { name: 'shape', op: 'Shape', input: ['x'], attr: { T: { type: 'DT_FLOAT' }, out_type: { type: 'DT_INT32' } } },
      {
        name: 'batch',
        op: 'StridedSlice',
        input: ['shape', 'begin', 'end', 'strides'],
        attr: {
          shrink_axis_mask: { i: '1' },
          begin_mask: { i: '0' },
          end_mask: { i: '0' },
          ellipsis_mask: { i: '0' },
          new_axis_mask: { i: '0' },
        },
      },
      { name: 'target', op: 'Pack', input: ['batch', 'width'], attr: { axis: { i: '0' }, N: { i: '2' } } },
      { name: 'rows', op: 'Reshape', input: ['x', 'target'] },
      { name: 'product', op: 'MatMul', input: ['rows', 'matrix'] },
      { name: 'y', op: 'Relu', input: ['product'] },
    ],
    {
      begin: tf.tensor1d([0], 'int32'),
      end: tf.tensor1d([1], 'int32'),
      strides: tf.tensor1d([1], 'int32'),
      width: tf.scalar(6, 'int32'),
      matrix: numbers([6, 4], 3),
    },
  );

describe('a tf.LayersModel', () => {
  it('predicts what it does itself, before and after it is trained', async () => {
    const model = imageModel(0.5);
    const predict = compile(model);
    const x = numbers([5, 6, 6, 2]);
    const expected = async () => values(model.predict(x) as tf.Tensor);
    expectClose(await values((await predict(x)) as tf.Tensor), await expected(), 1e-5);
    const before = await expected();
    model.compile({ optimizer: tf.train.sgd(0.5), loss: 'meanSquaredError' });
    await model.fit(x, tf.oneHot(tf.tensor1d([0, 1, 2, 1, 0], 'int32'), 3), { epochs: 2, verbose: 0 });
    const after = await expected();
    expect(Math.abs(after[0]! - before[0]!)).toBeGreaterThan(1e-3);
    expectClose(await values((await predict([x])) as tf.Tensor), after, 1e-5);
    expect(predict.graphs).toHaveLength(2);
    await predict.dispose();
  });

  it('takes its inputs as a list or by name, and refuses others', async () => {
    const model = twoArmedModel();
    const predict = compile(model);
    const [left, right] = [numbers([2, 4]), numbers([2, 3], 4)];
    const expected = await Promise.all((model.predict([left, right]) as tf.Tensor[]).map(values));
    for (const given of [[left, right], { right, left }]) {
      const results = (await predict(given)) as tf.Tensor[];
      expect(results.map(({ shape }) => shape)).toEqual([
        [2, 2],
        [2, 3],
      ]);
      for (const [index, result] of results.entries()) expectClose(await values(result), expected[index]!, 1e-5);
    }
    await expect(predict(left)).rejects.toThrow('The model has 2 inputs ("left", "right"), but got 1');
    await expect(predict({ left })).rejects.toThrow('input "right" is missing');
    await expect(predict({ left, right, middle: left })).rejects.toThrow('no input "middle"');
    await predict.dispose();
  });

  it('may have its weights as constants, which training does not change', async () => {
    const model = imageModel();
    const predict = compile(model, { variables: 'constant' });
    const x = numbers([2, 6, 6, 2]);
    const expected = await values(model.predict(x) as tf.Tensor);
    expectClose(await values((await predict(x)) as tf.Tensor), expected, 1e-5);
    expect(predict.graphs[0]!.variables).toEqual([]);
    model.setWeights(model.getWeights().map((weight) => tf.mul(weight, 2)));
    expectClose(await values((await predict(x)) as tf.Tensor), expected, 1e-5);
    const three = await predict(numbers([3, 6, 6, 2]));
    expectClose((await values(three as tf.Tensor)).slice(0, 3), expected.slice(0, 3), 1e-5);
    await predict.dispose();
    const variable = tf.variable(tf.scalar(1));
    const step = compile(() => variable.assign(tf.add(variable, 1)), { variables: 'constant' });
    await expect(step()).rejects.toThrow('is a constant here');
    await step.dispose();
    expect(() => compile(model, { variables: 'frozen' as never })).toThrow('Unknown way to use variables "frozen"');
  });

  it('trains, the averages of batch normalization included', async () => {
    const x = numbers([8, 6, 6, 2]) as tf.Tensor4D;
    const y = tf.oneHot(tf.tensor1d([0, 1, 2, 1, 0, 2, 2, 1], 'int32'), 3);
    const train = async (wrap: (step: () => tf.Tensor) => () => tf.Tensor | Promise<tf.Tensor>) => {
      const model = imageModel();
      const optimizer = tf.train.momentum(0.05, 0.9);
      const loss = () => tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }) as tf.Tensor) as tf.Scalar;
      const step = wrap(() => optimizer.minimize(loss, true)!);
      const losses: number[] = [];
      for (let count = 0; count < 5; count++) losses.push(...(await values(await step())));
      return { losses, weights: await Promise.all(model.getWeights().map(values)) };
    };
    const plain = await train((step) => step);
    let dispose = async () => {};
    const compiled = await train((step) => {
      const made = compile(step);
      dispose = () => made.dispose();
      return made;
    });
    expectClose(compiled.losses, plain.losses, 1e-5);
    expect(plain.losses[4]).toBeLessThan(plain.losses[0]!);
    // Everything that training changes, averages too.
    for (const [index, weight] of plain.weights.entries()) expectClose(compiled.weights[index]!, weight, 1e-4);
    await dispose();
  });

  it('drops out others in each step: those that plain TensorFlow.js does with the same random numbers', async () => {
    const model = imageModel(0.5);
    const x = numbers([2, 6, 6, 2]);
    const forward = () => model.apply(x, { training: true }) as tf.Tensor;
    const compiled = compile(forward);
    const random = vi.spyOn(Math, 'random');
    const draw = (seed: number) => random.mockReturnValue(seed);
    draw(0.5);
    await compiled();
    const results: number[][] = [];
    for (const seed of [0.1, 0.2, 0.1]) {
      draw(seed);
      results.push(await values(await compiled()));
      expectClose(results.at(-1)!, await values(forward()), 1e-4);
    }
    random.mockRestore();
    expect(results[1]).not.toEqual(results[0]);
    expect(compiled.graphs).toHaveLength(1);
    await compiled.dispose();
  });

  it('is compiled and traced before it has predicted anything', async () => {
    const model = () => tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [3] })] });
    expect(trace(model(), undefined, { dynamicBatch: true }).inputs).toHaveLength(1);
    const [fresh, x] = [model(), numbers([2, 3])];
    const predict = compile(fresh);
    expectClose(await values((await predict(x)) as tf.Tensor), await values(fresh.predict(x) as tf.Tensor), 1e-6);
    await predict.dispose();
  });

  it('that keeps a state is refused', () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.simpleRNN({
          units: 2,
          batchInputShape: [1, 3, 2],
          stateful: true,
          recurrentInitializer: 'zeros',
          name: 'memory',
        }),
      ],
    });
    expect(() => compile(model)).toThrow('The layer "memory" is stateful');
    expect(() => compile({ predict: () => {} } as never)).toThrow('is no model that can be compiled');
  });
});

describe('a tf.GraphModel', () => {
  it('may compute shapes from its inputs', async () => {
    const model = await reshapingModel();
    const predict = compile(model);
    for (const batch of [1, 3]) {
      const x = numbers([batch, 2, 3]);
      const expected = model.predict(x) as tf.Tensor;
      for (const given of [x, [x], { x }, { 'x:0': x }] as ModelInputs[]) {
        const actual = (await predict(given)) as tf.Tensor;
        expect(actual.shape).toEqual([batch, 4]);
        expectClose(await values(actual), await values(expected), 1e-5);
      }
    }
    // It runs by itself as before.
    expect((model.predict(numbers([2, 2, 3])) as tf.Tensor).shape).toEqual([2, 4]);
    await predict.dispose();
  });

  it('gives named outputs where it was saved with names', async () => {
    const model = await graphModel(
      [placeholder('x', [-1, 2]), { name: 'y', op: 'Relu', input: ['x'] }],
      {},
      { structuredOutputKeys: ['positive'] },
    );
    const x = numbers([2, 2]);
    const predict = compile(model);
    const result = (await predict(x)) as tf.NamedTensorMap;
    expect(Object.keys(result)).toEqual(['positive']);
    expectClose(await values(result.positive!), await values(tf.relu(x)), 1e-6);
    await predict.dispose();
  });

  it('with operations that depend on values is refused by their names', async () => {
    const model = await graphModel([placeholder('x', [-1]), { name: 'found', op: 'Where', input: ['x'] }], {});
    const predict = compile(model);
    await expect(predict(numbers([3]))).rejects.toThrow('The model has the operation Where (node "found")');
    await predict.dispose();
    const unknown = await graphModel(
      [placeholder('x', [-1]), { name: 'y', op: 'Unique', input: ['x'], attr: { T: { type: 'DT_FLOAT' } } }],
      {},
    );
    const other = compile(unknown);
    await expect(other(numbers([3]))).rejects.toThrow('The TensorFlow.js kernel "Unique" has no translation');
    await other.dispose();
  });
});

describe('as an ONNX file', () => {
  const onnx = async (graph: ReturnType<typeof trace>, feeds: Record<string, tf.Tensor>) => {
    const session = await InferenceSession.create((await toOnnx(graph)).model);
    const inputs: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(feeds)) {
      inputs[name] = new Tensor('float32', (await tensor.data()) as Float32Array, tensor.shape);
    }
    const results = await session.run(inputs);
    await session.release();
    return results;
  };

  it('a tf.LayersModel equals itself, for batches of any size', async () => {
    const model = twoArmedModel();
    const graph = trace(model, undefined, { dynamicBatch: true });
    for (const batch of [1, 4]) {
      const feeds = { left: numbers([batch, 4]), right: numbers([batch, 3], 2) };
      const expected = model.predict([feeds.left, feeds.right]) as tf.Tensor[];
      const { first, second } = await onnx(graph, feeds);
      expect(first!.dims).toEqual([batch, 2]);
      expectClose(first!.data as Float32Array, await values(expected[0]!), 1e-5);
      expectClose(second!.data as Float32Array, await values(expected[1]!), 1e-5);
    }
    expect(() => trace(model)).toThrow('The model\'s input "left" has the shape [?,4], which leaves sizes open');
  });

  it('a tf.GraphModel equals itself', async () => {
    const model = await reshapingModel();
    const x = numbers([3, 2, 3]);
    const { y } = await onnx(trace(model, { shape: [3, 2, 3] }), { x });
    expectClose(y!.data as Float32Array, await values(model.predict(x) as tf.Tensor), 1e-5);
    const open = trace(model, undefined, { dynamicBatch: true });
    expect((await onnx(open, { x: numbers([7, 2, 3]) })).y!.dims).toEqual([7, 4]);
  });
});
