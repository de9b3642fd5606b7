import { KINECT, pinholeOf } from '@llm-mde/depth-maps';
import { describe, expect, it } from 'vitest';
import { poseFrom, rayGrid } from './camera.js';

describe('rayGrid', () => {
  it.each([KINECT.color, KINECT.depth])('inverts the distortion of a lens', ({ distortion, ...lens }) => {
    const camera = pinholeOf({ distortion, ...lens });
    const { x, y } = rayGrid(640, 480, camera, distortion);
    const [k1, k2, p1, p2, k3] = distortion;
    for (const [column, row] of [
      [0, 0],
      [639, 0],
      [320, 240],
      [17, 401],
      [639, 479],
    ] as const) {
      const [u, v] = [x[row * 640 + column]!, y[row * 640 + column]!];
      const r2 = u * u + v * v;
      const radial = 1 + k1 * r2 + k2 * r2 ** 2 + k3 * r2 ** 3;
      const backX = u * radial + 2 * p1 * u * v + p2 * (r2 + 2 * u * u);
      const backY = v * radial + p1 * (r2 + 2 * v * v) + 2 * p2 * u * v;
      expect(backX * camera.fx + camera.cx).toBeCloseTo(column, 5);
      expect(backY * camera.fy + camera.cy).toBeCloseTo(row, 5);
    }
  });
});

describe('poseFrom', () => {
  it('gives directions of length 1 at right angles', () => {
    const { right, down, forward } = poseFrom([0, 0, 0], 1.1, -0.3, 0.2);
    const dot = (a: readonly number[], b: readonly number[]) => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
    for (const axis of [right, down, forward]) expect(dot(axis, axis)).toBeCloseTo(1, 8);
    for (const [a, b] of [
      [right, down],
      [down, forward],
      [forward, right],
    ] as const)
      expect(dot(a, b)).toBeCloseTo(0, 8);
    expect(forward[1]).toBeLessThan(0);
    expect(down[1]).toBeLessThan(-0.9);
  });

  it('looks along +z with +x on the right', () => {
    const { right, down, forward } = poseFrom([0, 0, 0], 0, 0);
    const rounded = (axis: readonly number[]) => axis.map((part) => Math.round(part) + 0);
    expect([right, down, forward].map(rounded)).toEqual([
      [1, 0, 0],
      [0, -1, 0],
      [0, 0, 1],
    ]);
  });
});
