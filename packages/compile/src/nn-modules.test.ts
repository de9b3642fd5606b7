import { readFileSync } from 'node:fs';
import {
  BatchNorm2d,
  type BilinearResizeOptions,
  bilinearResize,
  Conv2d,
  Dropout,
  Embedding,
  GELU,
  gradientCheckpoint,
  LayerNorm,
  Linear,
  Module,
  MultiHeadAttention,
  withDropoutSeed,
} from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compile, trace } from './index.js';
import { expectSame, numbers } from './testing/compare.js';

interface Golden {
  shape: number[];
  dtype?: 'int32';
  values: number[];
}

interface GoldenStep {
  inputs: Record<string, Golden>;
  lossWeights: Golden;
  output: Golden;
  loss: number;
  inputGradients: Record<string, Golden>;
  parameterGradients?: Record<string, Golden>;
  stateDictAfter?: Record<string, Golden>;
}

interface GoldenCase extends GoldenStep {
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: each module has options of its own, and the JSON holds those of PyTorch's case.
  options: any;
  stateDict?: Record<string, Golden>;
  training?: boolean;
  steps?: GoldenStep[];
}

class BilinearResize extends Module {
  constructor(readonly options: BilinearResizeOptions & { size: [number, number] }) {
    super();
  }
  forward = (x: tf.Tensor4D) => bilinearResize(x, this.options.size, this.options);
}

type Inputs = Record<string, tf.Tensor>;
const MODULES: Record<
  string,
  { create(options: GoldenCase['options']): Module; forward(module: never, inputs: Inputs): tf.Tensor }
> = {
  'batch-norm2d': {
    create: ({ channels, ...options }) => new BatchNorm2d(channels, options),
    forward: (norm: BatchNorm2d, { x }) => norm.forward(x as tf.Tensor4D),
  },
  conv2d: {
    create: (options) => new Conv2d(options),
    forward: (convolution: Conv2d, { x }) => convolution.forward(x as tf.Tensor4D),
  },
  embedding: {
    create: ({ count, features }) => new Embedding(count, features),
    forward: (embedding: Embedding, { indices }) => embedding.forward(indices!),
  },
  gelu: { create: () => new GELU(), forward: (activation: GELU, { x }) => activation.forward(x!) },
  'layer-norm': {
    create: ({ features, ...options }) => new LayerNorm(features, options),
    forward: (norm: LayerNorm, { x }) => norm.forward(x!),
  },
  linear: {
    create: ({ inFeatures, outFeatures, bias }) => new Linear(inFeatures, outFeatures, { bias }),
    forward: (linear: Linear, { x }) => linear.forward(x!),
  },
  'multi-head-attention': {
    create: (options) => new MultiHeadAttention(options),
    forward: (attention: MultiHeadAttention, { x, context, mask }) =>
      attention.forward(x as tf.Tensor3D, { context: context as tf.Tensor3D | undefined, mask }),
  },
  'bilinear-upsampling': {
    create: (options) => new BilinearResize(options),
    forward: (resize: BilinearResize, { x }) => resize.forward(x as tf.Tensor4D),
  },
  'bilinear-downsampling': {
    create: (options) => new BilinearResize(options),
    forward: (resize: BilinearResize, { x }) => resize.forward(x as tf.Tensor4D),
  },
};

describe.each(Object.keys(MODULES))('%s of @llm-mde/nn, compiled, equals PyTorch', (fixture) => {
  const file = new URL(`../../nn/fixtures/${fixture}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: GoldenCase[] };
  it.each(cases)('$name', async (golden) => {
    const { create, forward } = MODULES[fixture]!;
    const module = create(golden.options);
    module.train(golden.training ?? false);
    const state = Object.entries(golden.stateDict ?? {});
    await module.loadStateDict(
      new Map(state.map(([name, { shape, values }]) => [name, { shape, data: Float32Array.from(values) }])),
    );
    const compiled = compile((inputs: Inputs, lossWeights: tf.Tensor, differentiated: string[]) => {
      const variables = Object.fromEntries(differentiated.map((name) => [name, tf.variable(inputs[name]!)]));
      let output!: tf.Tensor;
      const { value, grads } = tf.variableGrads(() => {
        output = tf.keep(forward(module as never, { ...inputs, ...variables }));
        return tf.sum(tf.mul(output, lossWeights)) as tf.Scalar;
      }, [...Object.values(variables), ...module.trainableVariables()]);
      const parameters = [...module.namedParameters()].map(([name, parameter]) => [
        name,
        parameter.inStateOrder(grads[parameter.variable.name]!),
      ]);
      const inputGradients = Object.entries(variables).map(([name, variable]) => [name, grads[variable.name]!]);
      tf.dispose(Object.values(variables));
      return {
        output,
        value,
        parameters: Object.fromEntries(parameters),
        inputGradients: Object.fromEntries(inputGradients),
      };
    });
    for (const step of golden.steps ?? [golden]) {
      const inputs = Object.fromEntries(Object.entries(step.inputs).map(([name, tensor]) => [name, dataOf(tensor)]));
      const result = await compiled(inputs as never, dataOf(step.lossWeights), Object.keys(step.inputGradients));
      await expectGolden(result.output, step.output, 'output');
      await expectGolden(result.value, { shape: [], values: [step.loss] }, 'loss');
      for (const [name, gradient] of Object.entries(step.inputGradients))
        await expectGolden(result.inputGradients[name], gradient, `gradient of ${name}`);
      for (const [name, gradient] of Object.entries(step.parameterGradients ?? {}))
        await expectGolden(result.parameters[name], gradient, `gradient of ${name}`);
      if (step.stateDictAfter) {
        const after = await module.stateDict();
        for (const [name, tensor] of Object.entries(step.stateDictAfter)) {
          await expectGolden(tf.tensor(after.get(name)!.data, tensor.shape), tensor, `${name} afterwards`);
        }
      }
    }
    await compiled.dispose();
    module.dispose();
  });
});

function dataOf({ shape, values, dtype }: Golden) {
  return { shape, data: dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values) };
}

/** Within 1e-5 of the largest value: seven digits are written down, and devices add in different orders. */
async function expectGolden(actual: tf.Tensor, golden: Golden, what: string): Promise<void> {
  expect(actual.shape, what).toEqual(golden.shape);
  const values = await actual.data();
  const largest = golden.values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  golden.values.forEach((value, index) => {
    expect(
      Math.abs(values[index]! - value),
      `${what}[${index}]: ${values[index]} where PyTorch has ${value}`,
    ).toBeLessThan(1e-5 * largest);
  });
}

describe('composite kernels', () => {
  it('become fused operators', () => {
    const norm = new LayerNorm(4);
    const count = (fn: (x: tf.Tensor) => tf.Tensor, shape: number[]) => [...trace(fn, [{ shape }]).count().keys()];
    expect(count((x) => norm.forward(x), [2, 4])).toEqual(['LayerNormalization']);
    expect(count((x) => new GELU().forward(x), [2, 4])).toEqual(['Gelu']);
    const attention = new MultiHeadAttention({ queryFeatures: 4, headCount: 2 });
    const graph = trace((x: tf.Tensor3D) => attention.forward(x), [{ shape: [1, 3, 4] }]);
    const scales = graph.nodes
      .filter(({ operator }) => operator === 'MatrixProduct')
      .map(({ attributes }) => (attributes.scale as { value: number }).value);
    expect(scales.filter((scale) => scale !== 1)).toEqual(
      [Math.fround(1 / Math.sqrt(2))].map((value) => expect.closeTo(value, 6)),
    );
    expect(graph.count().get('Softmax')).toBe(1);
  });

  it('have the gradients of eager TensorFlow.js, with dropout and checkpoints', async () => {
    const attention = new MultiHeadAttention({ queryFeatures: 8, headCount: 2, dropout: 0.3 });
    const variables = attention.trainableVariables();
    for (const checkpoint of [false, true]) {
      await expectSame(
        (x, seed) => {
          const part = (input: tf.Tensor3D) => attention.forward(new Dropout(0.2).forward(input));
          const forward = () =>
            checkpoint ? gradientCheckpoint(part, x as tf.Tensor3D, variables) : part(x as tf.Tensor3D);
          const { value, grads } = withDropoutSeed(seed as tf.Scalar, () =>
            tf.variableGrads(() => tf.mean(tf.square(forward())) as tf.Scalar, variables),
          );
          return [value, ...Object.values(grads)];
        },
        [numbers([2, 5, 8]), tf.scalar(42)],
      );
    }
  });
});
