import { describe, expect, it } from 'vitest';
import { computeDepthMetrics } from './errors.js';
import { type Alignment, evaluateDepth } from './evaluate-depth.js';
import { randomDepths } from './testing/depth-pair.js';

const size = { width: 20, height: 10, crop: 'none' } as const;
const truth = randomDepths(1, 200);
const prediction = randomDepths(2, 200);

describe('evaluateDepth', () => {
  it('is the plain comparison where nothing is out of range', () => {
    expect(evaluateDepth(prediction, truth, size)).toEqual(computeDepthMetrics(prediction, truth));
  });

  it('clamps after the alignment, not before', () => {
    const tenfold = prediction.map((depth) => depth * 10);
    const plain = evaluateDepth(prediction, truth, { ...size, alignment: 'median' });
    expect(evaluateDepth(tenfold, truth, { ...size, alignment: 'median' }).rmse).toBeCloseTo(plain.rmse, 9);
    expect(evaluateDepth(tenfold, truth, size).rmse).not.toBeCloseTo(plain.rmse, 1);
  });

  it('does not see what the alignment removes', () => {
    for (const alignment of ['depth', 'disparity'] as const) {
      const affine = prediction.map((value) => 5 * value + 3);
      const one = evaluateDepth(prediction, truth, { ...size, alignment });
      const other = evaluateDepth(affine, truth, { ...size, alignment });
      expect(other.absRel).toBeCloseTo(one.absRel, 9);
    }
  });

  it('adds the given mask to range and crop', () => {
    const mask = Uint8Array.from(truth, (_, index) => (index % 3 === 0 ? 1 : 0));
    expect(evaluateDepth(prediction, truth, { ...size, mask })).toEqual(computeDepthMetrics(prediction, truth, mask));
    expect(evaluateDepth(prediction, truth, { ...size, mask: new Uint8Array(200) }).pixels).toBe(0);
  });

  it('rejects an unknown alignment and sizes that differ', () => {
    expect(() => evaluateDepth(prediction, truth, { ...size, alignment: 'best' as Alignment })).toThrow(
      'Unknown alignment "best"',
    );
    expect(() => evaluateDepth([1], truth, size)).toThrow('The prediction has 1 values');
    expect(() => evaluateDepth(prediction, truth, { ...size, mask: [1] })).toThrow('The mask has 1 values');
  });
});
