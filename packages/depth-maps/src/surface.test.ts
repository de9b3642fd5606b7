import { describe, expect, it } from 'vitest';
import { strideOf } from './depth-to-point-cloud.js';
import { depthToMesh } from './surface.js';

const size = { width: 3, height: 2 };
const intrinsics = { fx: 100, fy: 100, cx: 1, cy: 0.5 };

describe('depthToMesh', () => {
  it('joins a plane completely', () => {
    expect([...depthToMesh([2, 2, 2, 2, 2, 2], { ...size, intrinsics }).triangles]).toEqual([
      0, 3, 1, 1, 3, 4, 1, 4, 2, 2, 4, 5,
    ]);
  });

  it('leaves out triangles at missing depth, and numbers the points without it', () => {
    const { triangles, pixels } = depthToMesh([0, 2, 2, 2, 2, 2], { ...size, intrinsics });
    expect([...pixels]).toEqual([1, 2, 3, 4, 5]);
    expect([...triangles]).toEqual([0, 2, 3, 0, 3, 1, 1, 3, 4]);
  });

  it('drops triangles across a jump, and keeps a slope', () => {
    // At 5 degrees, neighboring rays of this camera may differ by 11.4 %.
    expect(depthToMesh([2, 2, 3, 2, 2, 3], { ...size, intrinsics }).triangles).toHaveLength(6);
    expect(depthToMesh([2, 2.2, 2.4, 2, 2.2, 2.4], { ...size, intrinsics }).triangles).toHaveLength(12);
    expect(depthToMesh([2, 2, 3, 2, 2, 3], { ...size, intrinsics, minimumAngle: 0 }).triangles).toHaveLength(12);
    expect(() => depthToMesh([2], { width: 1, height: 1, minimumAngle: 90 })).toThrow('less than 90 degrees');
  });

  it('is thinned to a number of points, and refused where nothing could open it', () => {
    const photo = { width: 6000, height: 4000 };
    expect(strideOf({ ...photo, maximumPoints: 65_535 })).toBe(20);
    expect(strideOf({ ...photo, stride: 30, maximumPoints: 65_535 })).toBe(30);
    const { stride, pixels } = depthToMesh(new Float32Array(48).fill(2), { width: 8, height: 6, maximumPoints: 12 });
    expect([stride, ...pixels]).toEqual([2, 0, 2, 4, 6, 16, 18, 20, 22, 32, 34, 36, 38]);
    expect(() => depthToMesh({ length: 24_000_000 }, photo)).toThrow('16777216: use a stride of at least 2.');
    expect(() => strideOf({ ...photo, maximumPoints: 0 })).toThrow(
      'largest number of points must be an integer from 1',
    );
  });
});
