import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { Linear } from './linear.js';

describe('an adapter on a Linear', () => {
  const row = () => tf.tensor2d([[1, 2]]);

  it("adds to the output, lends its variables and stays out of the module's state", async () => {
    const linear = new Linear(2, 1, { bias: false });
    linear.weight.load([3, 4]);
    linear.freeze();
    const factor = new Linear(2, 1, { bias: false });
    factor.weight.load([10, 20]);
    linear.setAdapter(factor);
    expect(linear.hasAdapter).toBe(true);
    expect(Array.from(await linear.forward(row()).data())).toEqual([11 + 50]);
    expect(linear.trainableVariables()).toEqual([factor.weight.variable]);
    expect([...linear.namedState().keys()]).toEqual(['weight']);
    linear.setAdapter(undefined);
    expect(Array.from(await linear.forward(row()).data())).toEqual([11]);
    expect(linear.trainableVariables()).toEqual([]);
  });

  it('may add nothing', async () => {
    const linear = new Linear(2, 1, { bias: false });
    linear.weight.load([3, 4]);
    linear.setAdapter({ forward: () => undefined, trainableVariables: () => [] });
    expect(Array.from(await linear.forward(row()).data())).toEqual([11]);
  });
});
