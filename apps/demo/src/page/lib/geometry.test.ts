import { intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';
import { describe, expect, it } from 'vitest';
import { alignedWith, depthAt, depthRange, distanceBetween, distanceError, withFieldOfView } from './geometry.js';

const flat = { width: 101, height: 81, depth: new Float32Array(101 * 81).fill(2) };

const LINE = [
  { column: 0, row: 40 },
  { column: 100, row: 40 },
];

describe('a wall two metres away', () => {
  it('is as wide as the field of view says', () => {
    const camera = intrinsicsFromFieldOfView(90, flat);
    const width = distanceBetween(flat, LINE, camera);
    // 101 pixels are 4 m at 90 degrees; from the first pixel's center to the last one's there are 100.
    expect(width).toBeCloseTo((4 * 100) / 101, 6);
  });

  it('takes the field of view across the longer side', () => {
    const upright = { width: 81, height: 101, depth: flat.depth };
    const camera = intrinsicsFromFieldOfView(90, upright);
    const pixels = [
      { column: 40, row: 0 },
      { column: 40, row: 100 },
    ];
    expect(distanceBetween(upright, pixels, camera)).toBeCloseTo(400 / 101, 6);
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
  const along = [
    { column: 1, row: 0 },
    { column: 2, row: 0 },
  ];
  expect(depthAt(map, { column: 2, row: 0 })).toBe(5);
  expect(distanceBetween(map, along, camera)).toBeCloseTo(Math.hypot(5, 3), 6);
  expect(depthRange([map, flat])).toEqual([1, 5]);
});

describe('an error of a tenth of the depth', () => {
  it('is a tenth of a distance across the picture, and of one from the camera', () => {
    const camera = intrinsicsFromFieldOfView(90, flat);
    expect(distanceError(flat, LINE, camera, 0.1)).toBeCloseTo(0.1 * ((4 * 100) / 101), 6);
    expect(distanceError(flat, [{ column: 50, row: 40 }], camera, 0.1)).toBeCloseTo(0.2, 6);
  });

  it('is more of a distance between near and far, which are off by themselves', () => {
    // A straight line away from the camera, from three to four metres.
    const map = { width: 9, height: 1, depth: Float32Array.of(3, 3, 3, 3, 3, 4, 4, 4, 4) };
    const camera = { fx: 1e6, fy: 1e6, cx: 4, cy: 0 };
    const pixels = [
      { column: 2, row: 0 },
      { column: 7, row: 0 },
    ];
    expect(distanceBetween(map, pixels, camera)).toBeCloseTo(1, 4);
    expect(distanceError(map, pixels, camera, 0.1)).toBeCloseTo(0.5, 4);
  });
});

it('gets metres from relative inverse depth by another estimate of the same photo', () => {
  const size = { width: 4, height: 1 };
  const metres = { ...size, depth: Float32Array.of(1, 2, 4, 8) };
  const inverse = { ...size, depth: metres.depth.map((depth) => 30 / depth - 7) };
  expect(Array.from(alignedWith(inverse, metres).depth, (depth) => Number(depth.toFixed(4)))).toEqual([1, 2, 4, 8]);
});
