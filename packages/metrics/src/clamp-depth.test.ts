import { describe, expect, it } from 'vitest';
import { clampDepth } from './clamp-depth.js';

describe('clampDepth', () => {
  it('brings everything into the range, as the BTS evaluator does', () => {
    const values = [-1, 0, Number.NaN, Number.NEGATIVE_INFINITY, 5, 11, Number.POSITIVE_INFINITY];
    expect([...clampDepth(values)]).toEqual([1e-3, 1e-3, 1e-3, 1e-3, 5, 10, 10]);
    expect([...clampDepth(values, { minDepth: 1, maxDepth: 4 })]).toEqual([1, 1, 1, 1, 4, 4, 4]);
  });

  it('does not change its input, and rejects an empty range', () => {
    const values = Float32Array.of(20);
    clampDepth(values);
    expect(values[0]).toBe(20);
    expect(() => clampDepth(values, { minDepth: 2, maxDepth: 2 })).toThrow('0 < minDepth < maxDepth');
  });
});
