import { manualSeed } from '@llm-mde/nn';
// The backend on wasm has no Einsum, and no gradient of depthwise convolutions.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { attachLora, decodeAdapter, encodeAdapter } from '../index.js';

const { layers } = tfl;

beforeAll(() => void tf.setBackend('cpu'));

/** A layer that holds others and variables of its own, as those that users write. */
class Attention extends layers.Layer {
  static readonly className = 'Attention';
  private readonly query = layers.dense({ units: 4, useBias: false });
  private readonly heads: tfl.LayerVariable[] = [];
  private _output!: tfl.LayerVariable;

  override build(shape: tfl.Shape): void {
    this.query.build(shape);
    this.heads.push(
      this.addWeight('head_0', [3, 4], 'float32', tfl.initializers.glorotNormal({ seed: 1 })),
      this.addWeight('head_1', [3, 4], 'float32', tfl.initializers.glorotNormal({ seed: 2 })),
    );
    this._output = this.addWeight('output', [2, 4, 5], 'float32', tfl.initializers.glorotNormal({ seed: 3 }));
    super.build(shape);
  }

  override computeOutputShape(shape: tfl.Shape): tfl.Shape {
    return [...shape.slice(0, -1), 5];
  }

  override get trainableWeights(): tfl.LayerVariable[] {
    return [...super.trainableWeights, ...this.query.trainableWeights];
  }

  override set trainableWeights(weights: tfl.LayerVariable[]) {
    super.trainableWeights = weights;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      const query = this.query.apply(x) as tf.Tensor;
      const parts = this.heads.map((head) => tf.mul(query, tf.tanh(tf.einsum('bti,io->bto', x, head.read()))));
      return tf.einsum('htbi,hio->tbo', tf.stack(parts), this._output.read());
    });
  }
}

/** Keras has it, and tfjs-layers, but its package does not export it. */
class EinsumDense extends layers.Layer {
  static readonly className = 'EinsumDense';
  readonly equation = 'abc,cde->abde';
  private _kernel!: tfl.LayerVariable;
  override build(shape: tfl.Shape): void {
    this._kernel = this.addWeight('kernel', [3, 2, 4], 'float32', tfl.initializers.glorotNormal({ seed: 4 }));
    super.build(shape);
  }
  override computeOutputShape(shape: tfl.Shape): tfl.Shape {
    return [...shape.slice(0, -1), 2, 4];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.einsum(this.equation, Array.isArray(inputs) ? inputs[0]! : inputs, this._kernel.read());
  }
}

/** Its weight is where nobody can reach it. */
class Hidden extends layers.Layer {
  static readonly className = 'Hidden';
  #kernel!: tfl.LayerVariable;
  override build(shape: tfl.Shape): void {
    this.#kernel = this.addWeight('kernel', [3, 4], 'float32', tfl.initializers.glorotNormal({}));
    super.build(shape);
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.einsum('bti,io->bto', Array.isArray(inputs) ? inputs[0]! : inputs, this.#kernel.read());
  }
}

/** The default, an orthogonal matrix, needs the chained operations of tfjs. */
const recurrentInitializer = 'glorotUniform' as const;
const sequence = { name: 'inner', inputShape: [3, 3] };
const image = { name: 'inner', inputShape: [4, 4, 3] };
const kernels = (...paths: string[]) => paths.flatMap((path) => [`${path}.kernel`, `${path}.recurrentKernel`]);

const CASES: [string, () => tfl.layers.Layer, paths: string[], parameters: number][] = [
  ['SimpleRNN', () => layers.simpleRNN({ ...sequence, units: 4, recurrentInitializer }), kernels('inner.cell'), 7 + 8],
  ['GRU', () => layers.gru({ ...sequence, units: 4, recurrentInitializer }), kernels('inner.cell'), 15 + 16],
  ['LSTM', () => layers.lstm({ ...sequence, units: 4, recurrentInitializer }), kernels('inner.cell'), 19 + 20],
  [
    'cells of an RNN',
    () =>
      layers.rnn({
        ...sequence,
        cell: [
          layers.lstmCell({ units: 2, recurrentInitializer }),
          layers.simpleRNNCell({ units: 4, recurrentInitializer }),
        ],
      }),
    kernels('inner.cell.cells.0', 'inner.cell.cells.1'),
    11 + 10 + 6 + 8,
  ],
  [
    'Bidirectional',
    () =>
      layers.bidirectional({
        ...sequence,
        layer: layers.simpleRNN({ units: 2, recurrentInitializer }) as tfl.RNN,
        mergeMode: 'concat',
      }),
    kernels('inner.forwardLayer.cell', 'inner.backwardLayer.cell'),
    5 + 4 + 5 + 4,
  ],
  [
    'TimeDistributed',
    () => layers.timeDistributed({ ...sequence, layer: layers.dense({ units: 4 }) }),
    ['inner.layer'],
    7,
  ],
  [
    'ConvLSTM2D',
    () =>
      layers.convLstm2d({ name: 'inner', inputShape: [2, 3, 3, 1], filters: 2, kernelSize: 2, recurrentInitializer }),
    kernels('inner.cell'),
    4 + 8 + 8 + 8,
  ],
  [
    'SeparableConv2D',
    () => layers.separableConv2d({ ...image, filters: 2, kernelSize: 2 }),
    ['inner.depthwiseKernel', 'inner.pointwiseKernel'],
    4 + 3 + 3 + 2,
  ],
  ['Conv2DTranspose', () => layers.conv2dTranspose({ ...image, filters: 2, kernelSize: 2 }), ['inner.kernel'], 8 + 3],
  [
    'Conv3D',
    () => layers.conv3d({ name: 'inner', inputShape: [2, 3, 3, 2], filters: 2, kernelSize: 2 }) as tfl.layers.Layer,
    ['inner'],
    16 + 2,
  ],
  ['EinsumDense', () => new EinsumDense(sequence), ['inner'], 3 + 8],
  [
    'a layer of users',
    () => new Attention(sequence),
    ['inner', 'inner.heads.0', 'inner.heads.1', 'inner.output'].map((path) =>
      path === 'inner' ? 'inner.query' : path,
    ),
    7 + 7 + 7 + 13,
  ],
];

function build(inner: () => tfl.layers.Layer): tfl.Sequential {
  const model = tfl.sequential({ layers: [inner()] });
  if (model.outputs[0]!.shape.length > 2) model.add(layers.flatten());
  model.add(layers.dense({ name: 'out', units: 2 }));
  onTestFinished(() => void model.dispose());
  return model;
}

const values = (variables: readonly tfl.LayerVariable[]) =>
  Promise.all(variables.map(async (variable) => Array.from(await variable.read().data())));

async function difference(one: tf.Tensor, other: tf.Tensor): Promise<number> {
  return (await tf.max(tf.abs(tf.sub(one, other))).data())[0]!;
}

describe('adapters of weights inside of layers', () => {
  it.each(CASES)('are trained, merged, saved and loaded: %s', async (_, inner, paths, parameters) => {
    manualSeed(5);
    const [model, other] = [build(inner), build(inner)];
    other.setWeights(model.getWeights());
    const shape = model.inputs[0]!.shape.slice(1) as number[];
    const x = tf.randomNormal([4, ...shape], 0, 1, 'float32', 1);
    const y = tf.randomNormal([4, 2], 0, 1, 'float32', 2);
    const own = [...model.weights];
    const before = await values(own);
    const plain = model.predict(x) as tf.Tensor;
    const adapters = attachLora(model, { rank: 1, targetModules: ['inner'] });
    expect([...adapters.branchesOf('default').keys()].sort()).toEqual([...paths].sort());
    expect(adapters.trainableParameters().trainable).toBe(parameters);
    expect(await difference(model.predict(x) as tf.Tensor, plain)).toBe(0);
    model.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
    const trained = await values(model.trainableWeights);
    await model.fit(x, y, { epochs: 2 });
    const { numTensors } = tf.memory();
    await model.fit(x, y, { epochs: 1 });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await values(own)).toEqual(before);
    for (const [index, each] of (await values(model.trainableWeights)).entries())
      expect(each).not.toEqual(trained[index]);

    const adapted = model.predict(x) as tf.Tensor;
    expect(await difference(adapted, plain)).toBeGreaterThan(1e-3);
    const loaded = await decodeAdapter(other, await encodeAdapter(adapters));
    expect(await difference(other.predict(x) as tf.Tensor, adapted)).toBeLessThan(1e-6);
    loaded.dispose();
    expect(await difference(other.predict(x) as tf.Tensor, plain)).toBe(0);
    adapters.unload();
    expect(model.trainableWeights).toHaveLength(own.length);
    expect(await difference(model.predict(x) as tf.Tensor, adapted)).toBeLessThan(1e-6);
  });

  it('are chosen by the names of weights, and all-linear are Dense layers wherever they are', () => {
    const model = build(() => layers.lstm({ ...sequence, units: 4, recurrentInitializer }));
    const chosen = (options: object) => {
      const adapters = attachLora(model, options as Parameters<typeof attachLora>[1] & { targetModules: string[] });
      const paths = [...adapters.branchesOf('default').keys()];
      adapters.dispose();
      return paths;
    };
    expect(chosen({ targetModules: ['recurrentKernel'] })).toEqual(['inner.cell.recurrentKernel']);
    expect(chosen({ targetModules: /inner\.cell\.k.*/ })).toEqual(['inner.cell.kernel']);
    expect(chosen({ targetModules: 'all-linear' })).toEqual(['out']);
    expect(chosen({ targetModules: ['inner', 'out'], modulesToSave: ['out'] })).toEqual(kernels('inner.cell'));
    const custom = build(() => new Attention(sequence));
    const adapters = attachLora(custom, { targetModules: 'all-linear' });
    expect([...adapters.branchesOf('default').keys()]).toEqual(['inner.query', 'out']);
    adapters.dispose();
  });

  it('are read once in a call, not at every step', () => {
    const model = build(() => layers.lstm({ ...sequence, units: 4, recurrentInitializer }));
    const adapters = attachLora(model, { rank: 1, targetModules: ['inner'] });
    const { layer } = adapters.branchesOf('default').get('inner.cell.kernel')!.weight;
    const { cell } = layer as unknown as { cell: { kernel: tfl.LayerVariable } };
    const { kernel } = cell;
    const read = new Set<number>();
    cell.kernel = Object.create(kernel, {
      read: {
        value: () => {
          const tensor = kernel.read();
          read.add(tensor.id);
          return tensor;
        },
      },
    });
    model.predict(tf.ones([1, 3, 3]));
    expect(read.size).toBe(1);
    cell.kernel = kernel;
    adapters.dispose();
  });

  it.each([
    [
      () => new Hidden(sequence),
      'LoRA cannot adapt the layer inner: a Hidden does not hold its weight "inner/kernel" as a property',
    ],
    [
      () => layers.batchNormalization(sequence),
      'the layer inner: a BatchNormalization has no weight of two or more axes.',
    ],
  ])('are refused where there are none to reach: %#', (inner, message) => {
    const model = build(inner);
    const before = model.trainableWeights.length;
    expect(() => attachLora(model, { targetModules: ['inner', 'out'] })).toThrow(message);
    expect(model.trainableWeights).toHaveLength(before);
  });

  it('of layers that are trained as a whole are saved with them', async () => {
    const inner = () =>
      layers.bidirectional({
        ...sequence,
        layer: layers.gru({ units: 2, recurrentInitializer }) as tfl.RNN,
        mergeMode: 'sum',
      });
    const [model, other] = [build(inner), build(inner)];
    const adapters = attachLora(model, { targetModules: ['out'], modulesToSave: ['inner'] });
    await decodeAdapter(other, await encodeAdapter(adapters));
    expect(await values(other.layers[0]!.weights)).toEqual(await values(model.layers[0]!.weights));
  });
});
