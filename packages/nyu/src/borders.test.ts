import { describe, expect, it } from 'vitest';
import { COLOR_REGION, DEPTH_REGION, keepColor, keepDepth } from './borders.js';
import { greatestDifference } from './testing/fixtures.js';
import { testFrame } from './testing/test-frame.js';

describe('keepDepth and keepColor', () => {
  const frame = testFrame(640, 480);

  it('empty what is outside, keep what is inside, and do not change the frame given', () => {
    const before = structuredClone(frame);
    const [depth, color] = [keepDepth(frame), keepColor(frame)];
    const inside = ({ top, bottom, left, right }: typeof DEPTH_REGION, index: number) => {
      const [row, column] = [Math.floor(index / 640), index % 640];
      return row >= top && row < bottom && column >= left && column < right;
    };
    const expected = frame.depth.map((value, index) => (inside(DEPTH_REGION, index) ? value : 0));
    expect(greatestDifference(depth.depth, expected)).toBe(0);
    const valid = expected.map((value) => (value > 0 ? 1 : 0));
    expect(greatestDifference(depth.valid, valid)).toBe(0);
    expect(depth.image).toBe(frame.image);
    const pixels = frame.image.data.map((value, index) => (inside(COLOR_REGION, Math.floor(index / 3)) ? value : 0));
    expect(greatestDifference(color.image.data, pixels)).toBe(0);
    expect(color.depth).toBe(frame.depth);
    expect(greatestDifference(frame.depth, before.depth)).toBe(0);
    expect(greatestDifference(frame.image.data, before.image.data)).toBe(0);
  });

  it('take a region of another size, and refuse one that is not within the frame', () => {
    const small = testFrame(8, 6);
    expect(keepDepth(small, { top: 1, bottom: 5, left: 0, right: 8 }).valid.slice(0, 8)).toEqual(new Uint8Array(8));
    expect(() => keepDepth(small)).toThrow(
      'The region of rows 45 to 471 and columns 43 to 607 is not within 8 by 6 pixels.',
    );
  });
});
