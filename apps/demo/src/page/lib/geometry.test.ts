import { intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';
import { describe, expect, it } from 'vitest';
import { alignedWith, depthAt, depthRange, distanceBetween, withFieldOfView } from './geometry.js';

const flat = { width: 101, height: 81, depth: new Float32Array(101 * 81).fill(2) };

describe('a wall two metres away', () => {
  it('is as wide as the field of view says', () => {
    const camera = intrinsicsFromFieldOfView(90, flat);
    const width = distanceBetween(flat, { column: 0, row: 40 }, { column: 100, row: 40 }, camera);
    // 101 pixels are 4 m at 90 degrees; from the first pixel's center to the last one's there are 100.
    expect(width).toBeCloseTo((4 * 100) / 101, 6);
  });

  it('takes the field of view across the longer side', () => {
    const upright = { width: 81, height: 101, depth: flat.depth };
    const camera = intrinsicsFromFieldOfView(90, upright);
    expect(distanceBetween(upright, { column: 40, row: 0 }, { column: 40, row: 100 }, camera)).toBeCloseTo(
      400 / 101,
      6,
    );
  });
});

it('is as far as the field of view says, for models that know the camera', () => {
  // The focal length at 90 degrees is tan 30° of that at 60.
  const seen = withFieldOfView({ ...flat, fieldOfView: 60 }, 90);
  expect(seen.depth[0]).toBeCloseTo(2 * Math.tan(Math.PI / 6), 6);
  const unknown = { ...flat, fieldOfView: null };
  expect(withFieldOfView(unknown, 90)).toBe(unknown);
});

it('measures along the view too', () => {
  const map = { width: 3, height: 1, depth: Float32Array.of(1, 2, 5) };
  const camera = { fx: 1, fy: 1, cx: 1, cy: 0 };
  expect(depthAt(map, { column: 2, row: 0 })).toBe(5);
  expect(distanceBetween(map, { column: 1, row: 0 }, { column: 2, row: 0 }, camera)).toBeCloseTo(Math.hypot(5, 3), 6);
  expect(depthRange([map, flat])).toEqual([1, 5]);
});

it('gets metres from relative inverse depth by another estimate of the same photo', () => {
  const size = { width: 4, height: 1 };
  const metres = { ...size, depth: Float32Array.of(1, 2, 4, 8) };
  const inverse = { ...size, depth: metres.depth.map((depth) => 30 / depth - 7) };
  expect(Array.from(alignedWith(inverse, metres).depth, (depth) => Number(depth.toFixed(4)))).toEqual([1, 2, 4, 8]);
});
