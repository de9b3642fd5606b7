// The backend on wasm has no Einsum.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { registerEinsumGradient } from './einsum-gradient.js';

it.each([
  ['ab,bc->ac', [2, 3], [3, 4]],
  ['abc,cde->abde', [2, 2, 3], [3, 2, 2]],
  ['aecd,abcd->acbe', [2, 3, 2, 2], [2, 2, 2, 2]],
])('the gradient of %s is that of small steps', async (equation, ...shapes) => {
  tf.setBackend('cpu');
  registerEinsumGradient();
  registerEinsumGradient();
  const [a, b] = shapes.map((shape, index) => tf.randomNormal(shape, 0, 1, 'float32', index + 1));
  const loss = (one: tf.Tensor, other: tf.Tensor) => tf.sum(tf.sin(tf.einsum(equation, one, other))) as tf.Scalar;
  const gradients = tf.grads((one, other) => loss(one!, other!))([a!, b!]);
  for (const [index, tensor] of [a!, b!].entries()) {
    const direction = tf.randomNormal(tensor.shape, 0, 1, 'float32', 7);
    const at = (step: number) => {
      const moved = tf.add(tensor, tf.mul(direction, step));
      return (index === 0 ? loss(moved, b!) : loss(a!, moved)).dataSync()[0]!;
    };
    const expected = (at(1e-2) - at(-1e-2)) / 2e-2;
    const actual = tf.sum(tf.mul(gradients[index]!, direction)).dataSync()[0]!;
    expect(Math.abs(actual - expected)).toBeLessThan(0.02 * Math.abs(expected) + 0.02);
  }
});

it('says which Einsum has no gradient', () => {
  tf.setBackend('cpu');
  registerEinsumGradient();
  const sum = tf.grad((x) => tf.sum(tf.einsum('ab,c->ac', x, tf.ones([2]))));
  expect(() => sum(tf.ones([2, 3]))).toThrow('There is no gradient of the Einsum "ab,c->ac"');
});
