import * as nn from '@llm-mde/nn';
import { numbers } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import { describeGoldenCases } from '@llm-mde/tooling-vitest/testing/golden-cases';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { fixtureOf, goldenModules } from '../../nn/src/testing/golden-modules.js';
import { compile, trace } from './index.js';
import { expectSame } from './testing/compare.js';

const { Activation, Dropout, gradientCheckpoint, LayerNorm, MultiHeadAttention, withDropoutSeed } = nn;

// The modules of @llm-mde/nn, compiled.
for (const [name, { create, forward }] of Object.entries(goldenModules(nn as never))) {
  describeGoldenCases(fixtureOf(name), create, (module, inputs) => forward(module as never, inputs), {
    compile: (step) => compile(step),
  });
}

describe('composite kernels', () => {
  it('become fused operators', () => {
    const norm = new LayerNorm(4);
    const count = (fn: (x: tf.Tensor) => tf.Tensor, shape: number[]) => [...trace(fn, [{ shape }]).count().keys()];
    expect(count((x) => norm.forward(x), [2, 4])).toEqual(['LayerNormalization']);
    expect(count((x) => new Activation().forward(x), [2, 4])).toEqual(['Gelu']);
    const attention = new MultiHeadAttention({ embedDim: 4, headCount: 2 });
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
    const attention = new MultiHeadAttention({ embedDim: 8, headCount: 2, dropout: 0.3 });
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
