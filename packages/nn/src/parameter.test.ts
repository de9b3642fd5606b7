import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { constant } from './initializers.js';
import { Parameter } from './parameter.js';

const parameter = (options = {}) => new Parameter([2, 3], { initialize: constant(1), ...options });

it('goes back to its initial values', async () => {
  const weight = parameter();
  weight.load([1, 2, 3, 4, 5, 6]);
  weight.reinitialize();
  expect([...(await weight.read())]).toEqual([1, 1, 1, 1, 1, 1]);
});

it('lies in memory in its own order, and is read in that of the state dict', async () => {
  const weight = parameter({ memoryOrder: [1, 0] });
  weight.load([1, 2, 3, 4, 5, 6]);
  expect(await weight.value.array()).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ]);
  expect([...(await weight.read())]).toEqual([1, 2, 3, 4, 5, 6]);
});

it('takes the values of a tensor, frozen or not, and keeps no other tensor', async () => {
  for (const weight of [parameter(), parameter()]) {
    weight.load([1, 2, 3, 4, 5, 6]);
    const before = tf.memory().numTensors;
    tf.tidy(() => weight.assign(tf.fill([2, 3], 7)));
    weight.freeze();
    tf.tidy(() => weight.assign(tf.mul(weight.value, 2)));
    expect([...(await weight.read())]).toEqual([14, 14, 14, 14, 14, 14]);
    expect(tf.memory().numTensors).toBe(before);
  }
});

it('lends its place to another tensor, also when what runs then fails', () => {
  const weight = parameter();
  const own = weight.value;
  const other = tf.zeros([2, 3]);
  expect(weight.withValue(other, () => weight.value)).toBe(other);
  const failing = () => {
    throw new Error('no');
  };
  expect(() => weight.withValue(other, failing)).toThrow('no');
  expect(weight.value).toBe(own);
});

it('refuses a wrong number of values, and everything once it is disposed', () => {
  const weight = parameter();
  expect(() => weight.load([1, 2])).toThrow('A parameter of shape [2,3] takes 6 values, but 2 were given.');
  weight.dispose();
  expect(() => weight.load([1, 2, 3, 4, 5, 6])).toThrow('can no longer be loaded');
  expect(() => weight.value).toThrow('can no longer be used');
});
