import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CropName } from './crop.js';
import { DepthMetrics } from './depth-metrics.js';
import { type DepthErrors, METRIC_NAMES } from './errors.js';
import { type Alignment, evaluateDepth } from './evaluate-depth.js';
import { minMaxNormalizedMetrics } from './per-image-min-max.js';
import { depthPair } from './testing/depth-pair.js';

interface Golden {
  index: number;
  width: number;
  height: number;
  crop: CropName;
  alignment: Alignment;
  errors: DepthErrors;
  minMax: DepthErrors;
}

const goldens: { means: Record<string, number>; cases: Golden[] } = JSON.parse(
  readFileSync(new URL('../fixtures/goldens.json', import.meta.url), 'utf8'),
);

const largestError = (errors: DepthErrors, expected: Record<string, number>) =>
  Math.max(...METRIC_NAMES.map((name) => Math.abs(errors[name] - expected[name]!) / Math.max(1, expected[name]!)));

describe('the 200 pairs of the NumPy implementation', () => {
  it('covers every crop and alignment', () => {
    const met = new Set(goldens.cases.map(({ crop, alignment }) => `${crop} ${alignment}`));
    expect(goldens.cases).toHaveLength(200);
    expect(met.size).toBe(12);
  });

  it('agrees to 1e-6 on every metric, and on the mean over images', () => {
    const metrics = new DepthMetrics();
    for (const { index, width, height, crop, alignment, errors } of goldens.cases) {
      const { prediction, truth } = depthPair(index, width * height, alignment);
      const ours = metrics.update(prediction, truth, { width, height, crop, alignment });
      expect(ours.pixels, `pixels of pair ${index}`).toBe(errors.pixels);
      expect(largestError(ours, errors), `pair ${index}`).toBeLessThan(1e-6);
    }
    expect(metrics.compute().images).toBe(200);
    expect(largestError(metrics.compute(), goldens.means)).toBeLessThan(1e-6);
  });

  it('tells the crops and the alignments apart', () => {
    const { index, width, height, alignment, errors } = goldens.cases.find(({ crop }) => crop === 'garg')!;
    const { prediction, truth } = depthPair(index, width * height, alignment);
    const other = evaluateDepth(prediction, truth, { width, height, crop: 'eigen', alignment });
    expect(largestError(other, errors)).toBeGreaterThan(1e-4);
    const median = evaluateDepth(prediction, truth, { width, height, crop: 'garg', alignment: 'median' });
    expect(largestError(median, errors)).toBeGreaterThan(1e-4);
  });

  it('agrees to 1e-6 on the per-image min-max variant', () => {
    for (const { index, width, height, alignment, minMax } of goldens.cases.slice(6)) {
      const { prediction, truth } = depthPair(index, width * height, alignment);
      const finite = (values: Float32Array) => values.map((value) => (Number.isFinite(value) ? value : 0));
      const ours = minMaxNormalizedMetrics(finite(prediction), finite(truth));
      expect(largestError(ours, minMax), `pair ${index}`).toBeLessThan(1e-6);
    }
  });
});
