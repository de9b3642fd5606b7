import { expectNoTensorsLeft } from '@llm-mde/tooling-vitest/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectFiniteDifferences } from '../testing/finite-differences.js';
import { dropoutLike, random } from '../testing/random-tensors.js';
import { attention } from './attention.js';
import { gelu } from './gelu.js';
import { layerNormalization } from './layer-normalization.js';

describe('hand-derived gradients equal finite differences', () => {
  it('gelu', () => expectFiniteDifferences((x) => gelu(x!), [random([2, 5])]));

  it('layerNormalization', () =>
    expectFiniteDifferences(
      (x, weight, bias) => layerNormalization(x!, weight!, bias!, 1e-5),
      [random([3, 4]), random([4]), random([4])],
    ));

  it('attention', () => {
    const mask = tf.tensor([0, 0, -1e9], [1, 1, 1, 3]);
    return expectFiniteDifferences(
      (query, key, value) => attention(query as tf.Tensor4D, key as tf.Tensor4D, value as tf.Tensor4D, { mask }),
      [random([1, 2, 2, 3]), random([1, 2, 3, 3]), random([1, 2, 3, 2])],
    );
  });

  it('attention with dropout', () => {
    const mask = dropoutLike([1, 2, 2, 3]);
    return expectFiniteDifferences(
      (query, key, value) =>
        attention(query as tf.Tensor4D, key as tf.Tensor4D, value as tf.Tensor4D, { dropoutMask: mask }),
      [random([1, 2, 2, 3]), random([1, 2, 3, 3]), random([1, 2, 3, 2])],
    );
  });
});

it('attention refuses a gradient for its masks instead of giving a wrong one', () => {
  const [query, key, value] = [random([1, 2, 2, 3]), random([1, 2, 3, 3]), random([1, 2, 3, 2])] as tf.Tensor4D[];
  for (const name of ['mask', 'dropoutMask']) {
    const gradient = tf.grad((mask) => attention(query!, key!, value!, { [name]: mask }));
    expect(() => gradient(tf.ones([1, 2, 2, 3]))).toThrow(`attention has no gradient for its ${name}`);
  }
});

it('computes no gradient for a frozen weight', async () => {
  const x = tf.variable(random([64, 32]));
  const weight = random([32]);
  const bias = random([32]);
  const { kernels } = await tf.profile(
    () => tf.variableGrads(() => tf.sum(layerNormalization(x, weight, bias, 1e-5)) as tf.Scalar, [x]).value,
  );
  // The gradients of weight and bias are sums over the batch, the only sums besides the loss.
  expect(kernels.filter(({ name }) => name === 'Sum')).toHaveLength(1);
});

it('leaves no tensors behind', () => {
  const inputs = [random([1, 2, 4, 3]), random([1, 2, 5, 3]), random([1, 2, 5, 3])] as tf.Tensor4D[];
  return expectNoTensorsLeft(() => {
    const gradients = tf.grads((query, key, value) =>
      tf.sum(gelu(attention(query as tf.Tensor4D, key as tf.Tensor4D, value as tf.Tensor4D))),
    )(inputs);
    tf.dispose(gradients);
  });
});
