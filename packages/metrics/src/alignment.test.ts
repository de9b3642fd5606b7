import { describe, expect, it } from 'vitest';
import { alignScaleShift, alignScaleShiftDisparity, medianScale } from './alignment.js';
import { randomDepths } from './testing/depth-pair.js';

describe('medianScale', () => {
  it('is the ratio of the medians, of odd and even counts', () => {
    expect(medianScale([1, 2, 9], [30, 4, 6])).toBe(3);
    expect(medianScale([1, 2, 4, 9], [6, 8, 4, 100])).toBe(7 / 3);
  });

  it('undoes any scale', () => {
    const truth = randomDepths(1, 301);
    for (const scale of [0.01, 3, 1000]) {
      expect(
        medianScale(
          truth.map((depth) => depth / scale),
          truth,
        ),
      ).toBeCloseTo(scale, 9);
    }
  });

  it('looks only at masked, finite predictions', () => {
    expect(medianScale([Number.NaN, 1, 50, Number.POSITIVE_INFINITY], [9, 4, 1, 9], [1, 1, 0, 1])).toBe(4);
    expect(medianScale([1], [1], [0])).toBeNaN();
  });
});

describe('alignScaleShift', () => {
  it('finds scale and shift exactly where the prediction is affine in the truth', () => {
    for (let round = 0; round < 50; round++) {
      const truth = randomDepths(round, 80);
      const scale = 0.1 + round / 7;
      const shift = round - 20;
      const found = alignScaleShift(
        truth.map((depth) => (depth - shift) / scale),
        truth,
      );
      expect(found.scale).toBeCloseTo(scale, 8);
      expect(found.shift).toBeCloseTo(shift, 8);
    }
  });

  it('is the minimum: any other scale or shift has a larger squared error', () => {
    const truth = randomDepths(7, 90);
    const prediction = randomDepths(8, 90);
    const best = alignScaleShift(prediction, truth);
    const error = ({ scale, shift } = best) =>
      truth.reduce((sum, depth, index) => sum + (scale * prediction[index]! + shift - depth) ** 2, 0);
    for (const change of [-0.01, 0.01]) {
      expect(error({ ...best, scale: best.scale + change })).toBeGreaterThan(error());
      expect(error({ ...best, shift: best.shift + change })).toBeGreaterThan(error());
    }
  });

  it('keeps its digits far from zero', () => {
    const truth = randomDepths(3, 1000);
    const { scale, shift } = alignScaleShift(
      truth.map((depth) => depth + 1e6),
      truth,
    );
    expect(scale).toBeCloseTo(1, 6);
    expect(scale * 1e6 + shift).toBeCloseTo(0, 6);
  });

  it('falls back to the mean for a constant prediction', () => {
    expect(alignScaleShift([0.1, 0.1, 0.1], [1, 2, 6])).toEqual({ scale: 0, shift: 3 });
  });
});

describe('alignScaleShiftDisparity', () => {
  it('recovers depth from an affine disparity', () => {
    const truth = randomDepths(5, 200);
    const { scale, shift, depth } = alignScaleShiftDisparity(
      truth.map((value) => (1 / value + 0.4) * 7),
      truth,
    );
    expect(scale).toBeCloseTo(1 / 7, 9);
    expect(shift).toBeCloseTo(-0.4, 9);
    for (const [index, value] of depth.entries()) expect(value).toBeCloseTo(truth[index]!, 9);
  });

  it('bounds the depth where the disparity comes out at zero or less', () => {
    const { depth } = alignScaleShiftDisparity([1, 0.5, -3], [1, 2, 1], [1, 1, 0], 8);
    expect(depth[0]).toBeCloseTo(1, 12);
    expect(depth[2]).toBe(8);
  });

  it('rejects a bound that is not positive', () => {
    expect(() => alignScaleShiftDisparity([1], [1], undefined, 0)).toThrow('depth range');
  });
});
