import { describe, expect, it } from 'vitest';
import { validMask } from './valid-mask.js';

const size = { width: 4, height: 2 };

describe('validMask', () => {
  it('leaves out missing depth, NaN, infinities and both ends of the range', () => {
    const truth = [0, Number.NaN, Number.POSITIVE_INFINITY, 10, 9.999, 1e-3, 0.0011, -1];
    expect([...validMask(truth, { ...size, crop: 'none' })]).toEqual([0, 0, 0, 0, 1, 0, 1, 0]);
  });

  it('takes another range and a rectangle', () => {
    const mask = validMask([1, 2, 3, 4, 5, 6, 7, 8], {
      ...size,
      minDepth: 2,
      maxDepth: 8,
      crop: { top: 0, bottom: 2, left: 1, right: 4 },
    });
    expect([...mask]).toEqual([0, 0, 1, 1, 0, 1, 1, 0]);
  });

  it('counts the pixels of the Eigen crop by default', () => {
    const mask = validMask(new Float32Array(640 * 480).fill(2), { width: 640, height: 480 });
    expect(mask.reduce((sum, value) => sum + value, 0)).toBe((471 - 45) * (601 - 41));
    expect([mask[45 * 640 + 41], mask[44 * 640 + 41], mask[45 * 640 + 40], mask[470 * 640 + 600]]).toEqual([
      1, 0, 0, 1,
    ]);
  });

  it('rejects sizes, ranges and rectangles that are invalid', () => {
    expect(() => validMask([1, 2, 3], size)).toThrow(
      'The ground truth has 3 values, but an image of 4 by 2 pixels has 8.',
    );
    expect(() => validMask([1], { width: 1, height: 1, minDepth: 0 })).toThrow(
      '0 < minDepth < maxDepth, got minDepth 0',
    );
    expect(() => validMask([1], { width: 1, height: 1, minDepth: 3, maxDepth: 2 })).toThrow('maxDepth 2');
    expect(() => validMask([1], { width: 0.5, height: 2 })).toThrow('The width must be an integer from 1, got 0.5.');
    const crop = { top: 0, bottom: 3, left: 0, right: 4 };
    expect(() => validMask(new Float32Array(8), { ...size, crop })).toThrow('does not lie within 4 by 2 pixels');
  });
});
