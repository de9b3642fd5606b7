import { describe, expect, it } from 'vitest';
import { DepthMetrics } from './depth-metrics.js';
import { computeDepthMetrics, METRIC_NAMES } from './errors.js';
import { randomDepths } from './testing/depth-pair.js';

const images = Array.from({ length: 6 }, (_, index) =>
  computeDepthMetrics(randomDepths(index, 50 + 30 * index), randomDepths(100 + index, 50 + 30 * index)),
);

describe('DepthMetrics', () => {
  it('is the mean over images, not over pixels', () => {
    const metrics = new DepthMetrics();
    for (const errors of images) metrics.add(errors);
    const summary = metrics.compute();
    for (const name of METRIC_NAMES) {
      expect(summary[name]).toBeCloseTo(images.reduce((sum, errors) => sum + errors[name], 0) / 6, 12);
    }
    expect(summary).toMatchObject({
      images: 6,
      skipped: 0,
      pixels: images.reduce((sum, { pixels }) => sum + pixels, 0),
    });
  });

  it('skips and counts images without a valid pixel', () => {
    const metrics = new DepthMetrics();
    metrics.add(images[0]!);
    metrics.update([1, 1], [0, 0], { width: 2, height: 1, crop: 'none' });
    expect(metrics.compute()).toEqual({ ...images[0], images: 1, skipped: 1 });
  });

  it('takes options for all images, and others for one', () => {
    const metrics = new DepthMetrics({ width: 2, height: 1, crop: 'none' });
    expect(metrics.update([1, 2], [1, 4]).pixels).toBe(2);
    expect(metrics.update([1, 2], [1, 4], { maxDepth: 3 }).pixels).toBe(1);
    expect(() => new DepthMetrics({ crop: 'none' }).update([1], [1])).toThrow('The width must be an integer from 1');
  });

  it('is NaN before the first image', () => {
    expect(new DepthMetrics().compute()).toMatchObject({ rmse: Number.NaN, delta1: Number.NaN, images: 0 });
  });
});
