import { describe, expect, it } from 'vitest';
import { NYU_COLOR_CAMERA, NYU_DEPTH_CAMERA, nyuIntrinsics, poseFrom, rayGrid } from './camera.js';

describe('nyuIntrinsics', () => {
  it("is NYU's camera at 640 × 480, counted from 0", () => {
    const { fx, fy, cx, cy } = nyuIntrinsics(640, 480);
    expect(fx).toBe(518.85790117450188);
    expect(fy).toBe(519.46961112127485);
    expect(cx).toBeCloseTo(325.58244941119034 - 1, 12);
    expect(cy).toBeCloseTo(253.73616633400465 - 1, 12);
  });

  it('sees the same cone at every size', () => {
    for (const [width, height] of [
      [640, 480],
      [320, 240],
      [224, 224],
      [37, 53],
    ] as const) {
      const { fx, fy, cx, cy } = nyuIntrinsics(width, height);
      // The slopes of the frame's left, right, top and bottom borders.
      expect((-0.5 - cx) / fx).toBeCloseTo((-0.5 - NYU_COLOR_CAMERA.cx) / NYU_COLOR_CAMERA.fx, 12);
      expect((width - 0.5 - cx) / fx).toBeCloseTo((639.5 - NYU_COLOR_CAMERA.cx) / NYU_COLOR_CAMERA.fx, 12);
      expect((-0.5 - cy) / fy).toBeCloseTo((-0.5 - NYU_COLOR_CAMERA.cy) / NYU_COLOR_CAMERA.fy, 12);
      expect((height - 0.5 - cy) / fy).toBeCloseTo((479.5 - NYU_COLOR_CAMERA.cy) / NYU_COLOR_CAMERA.fy, 12);
    }
  });
});

describe('rayGrid', () => {
  it.each([NYU_COLOR_CAMERA, NYU_DEPTH_CAMERA])('inverts the distortion of a lens', (camera) => {
    const { x, y } = rayGrid(640, 480, camera, camera.distortion);
    const { k1, k2, k3, p1, p2 } = camera.distortion;
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
