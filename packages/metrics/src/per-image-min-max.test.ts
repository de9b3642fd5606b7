import { describe, expect, it } from 'vitest';
import { computeDepthMetrics } from './errors.js';
import { minMaxNormalizedMetrics } from './per-image-min-max.js';
import { randomDepths } from './testing/depth-pair.js';

describe('minMaxNormalizedMetrics', () => {
  it('stretches both to [0.001, 1]', () => {
    expect(minMaxNormalizedMetrics([0, 5, 10], [2, 3, 4])).toEqual(computeDepthMetrics([1e-3, 0.5, 1], [1e-3, 0.5, 1]));
    expect(minMaxNormalizedMetrics([0, 2, 10], [2, 3, 4])).toEqual(computeDepthMetrics([1e-3, 0.2, 1], [1e-3, 0.5, 1]));
  });

  it('does not see the scale and shift of either: it says nothing about metres', () => {
    const truth = randomDepths(1, 99);
    const prediction = randomDepths(2, 99);
    const moved = prediction.map((depth) => depth * 100 + 7);
    const errors = minMaxNormalizedMetrics(prediction, truth);
    expect(minMaxNormalizedMetrics(moved, truth).rmse).toBeCloseTo(errors.rmse, 12);
    expect(errors.rmse).not.toBeCloseTo(computeDepthMetrics(prediction, truth).rmse, 1);
  });

  it('takes a constant image, and rejects values that are not finite', () => {
    expect(minMaxNormalizedMetrics([3, 3], [3, 3])).toEqual(computeDepthMetrics([1e-3, 1e-3], [1e-3, 1e-3]));
    expect(() => minMaxNormalizedMetrics([1, Number.NaN], [1, 2])).toThrow('prediction is NaN at value 1');
    expect(() => minMaxNormalizedMetrics([1, 2], [1, Number.POSITIVE_INFINITY])).toThrow(
      'truth is Infinity at value 1',
    );
  });
});
