import { describe, expect, it } from 'vitest';
import { computeDepthMetrics, METRIC_NAMES } from './errors.js';
import { randomDepths } from './testing/depth-pair.js';

describe('computeDepthMetrics', () => {
  it('matches values worked out by hand', () => {
    const errors = computeDepthMetrics([2, 3, 4], [1, 3, 5]);
    expect(errors.rmse).toBeCloseTo(Math.sqrt(2 / 3), 12);
    expect(errors.absRel).toBeCloseTo((1 + 0 + 0.2) / 3, 12);
    expect(errors.sqRel).toBeCloseTo((1 + 0 + 0.2) / 3, 12);
    const logs = [Math.log(2), 0, Math.log(0.8)];
    expect(errors.rmseLog).toBeCloseTo(Math.sqrt((logs[0]! ** 2 + logs[2]! ** 2) / 3), 12);
    expect(errors.log10).toBeCloseTo((Math.log10(2) + Math.log10(1.25)) / 3, 12);
    const mean = (logs[0]! + logs[2]!) / 3;
    expect(errors.siLog).toBeCloseTo(100 * Math.sqrt((logs[0]! ** 2 + logs[2]! ** 2) / 3 - mean ** 2), 9);
    // 4 against 5 is exactly 1.25, which is not under 1.25.
    expect([errors.delta1, errors.delta2, errors.delta3]).toEqual([1 / 3, 2 / 3, 2 / 3]);
    expect(errors.pixels).toBe(3);
  });

  it('is perfect for a perfect prediction', () => {
    const depths = randomDepths(1, 500);
    const { pixels, ...errors } = computeDepthMetrics(depths, depths);
    expect(pixels).toBe(500);
    for (const name of METRIC_NAMES) expect(errors[name]).toBe(name.startsWith('delta') ? 1 : 0);
  });

  it('keeps the relations between the metrics, on random pairs', () => {
    for (let round = 0; round < 100; round++) {
      const prediction = randomDepths(2 * round, 200);
      const truth = randomDepths(2 * round + 1, 200);
      const errors = computeDepthMetrics(prediction, truth);
      expect(errors.delta1).toBeLessThanOrEqual(errors.delta2);
      expect(errors.delta2).toBeLessThanOrEqual(errors.delta3);
      expect(errors.siLog / 100).toBeLessThanOrEqual(errors.rmseLog + 1e-12);
      expect(errors.log10 * Math.LN10).toBeLessThanOrEqual(errors.rmseLog + 1e-12);

      // Another unit of length changes only the metrics that have one; another scale of the prediction does not change SILog.
      const inFeet = computeDepthMetrics(scaled(prediction, 3.28), scaled(truth, 3.28));
      for (const name of METRIC_NAMES) {
        const factor = name === 'rmse' || name === 'sqRel' ? 3.28 : 1;
        expect(inFeet[name], name).toBeCloseTo(errors[name] * factor, 9);
      }
      const far = computeDepthMetrics(scaled(prediction, 7), truth);
      expect(far.siLog).toBeCloseTo(errors.siLog, 9);
      expect(far.rmseLog).not.toBeCloseTo(errors.rmseLog, 3);

      // Swapping the two changes nothing that treats them alike.
      const swapped = computeDepthMetrics(truth, prediction);
      for (const name of ['rmse', 'rmseLog', 'log10', 'siLog', 'delta1', 'delta2', 'delta3'] as const) {
        expect(swapped[name], name).toBeCloseTo(errors[name], 9);
      }
    }
  });

  it('keeps the digits of SILog when every pixel is off by the same factor and a little', () => {
    const truth = randomDepths(9, 1000);
    const prediction = truth.map((depth, index) => depth * 1e6 * (index % 2 ? 1 + 1e-9 : 1));
    expect(computeDepthMetrics(prediction, truth).siLog / 5e-8).toBeCloseTo(1, 4);
  });

  it('compares only where the mask says so', () => {
    const truth = randomDepths(3, 100);
    const prediction = randomDepths(4, 100);
    const mask = Uint8Array.from(truth, (_, index) => (index < 40 ? 1 : 0));
    expect(computeDepthMetrics(prediction, truth, mask)).toEqual(
      computeDepthMetrics(prediction.slice(0, 40), truth.slice(0, 40)),
    );
  });

  it('is NaN, and says 0 pixels, where there is nothing to compare', () => {
    const errors = computeDepthMetrics([1, 2], [1, 2], [0, 0]);
    expect(errors.pixels).toBe(0);
    for (const name of METRIC_NAMES) expect(errors[name]).toBeNaN();
  });

  it('rejects arrays of different lengths', () => {
    expect(() => computeDepthMetrics([1, 2], [1])).toThrow('prediction has 2 values but truth has 1');
    expect(() => computeDepthMetrics([1], [1], [1, 1])).toThrow('prediction has 1 values but mask has 2');
  });
});

function scaled(values: Float64Array, factor: number): Float64Array {
  return values.map((value) => value * factor);
}
