import { describe, expect, it } from 'vitest';
import { depthToDisparity, disparityToDepth, KINECT, scaledCamera } from './kinect.js';

describe('disparityToDepth', () => {
  it.each([
    [600, 351.3 / 492.5],
    [1000, 351.3 / 92.5],
    [1057, 351.3 / 35.5],
    [1058, 10],
    [1092, 10],
    [1093, 0],
    [2047, 0],
  ])('makes of %i %f metres', (value, metres) => {
    expect(disparityToDepth(value)).toBeCloseTo(metres, 12);
  });
});

describe('KINECT', () => {
  it('has a rotation: its rows are of length 1 and at right angles', () => {
    for (const [i, a] of KINECT.rotation.entries()) {
      for (const [j, b] of KINECT.rotation.entries()) {
        const product = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        expect(product).toBeCloseTo(i === j ? 1 : 0, 12);
      }
    }
  });

  it('scales about the edge, not about the first pixel', () => {
    const half = scaledCamera(KINECT.depth, 320, 0);
    // The middle of the sensor, 319.5 of 640 pixels counted from 0, is 159.5 of 320.
    const moved = scaledCamera({ ...KINECT.depth, center: [319.5, 239.5] }, 320, 0);
    expect(moved.center).toEqual([159.5, 119.5]);
    expect(scaledCamera({ ...KINECT.depth, center: [320.5, 240.5] }, 320, 1).center).toEqual([160.5, 120.5]);
    expect(half.focalLength[0]).toBe(KINECT.depth.focalLength[0] / 2);
    expect(scaledCamera(KINECT.color, 640, 1)).toBe(KINECT.color);
  });
});

describe('depthToDisparity', () => {
  it("inverts the toolbox's formula to half a step", () => {
    for (let metres = 0.5; metres < 9.5; metres += 0.1) {
      expect(Math.abs(disparityToDepth(depthToDisparity(metres)) - metres)).toBeLessThan((metres * metres) / 690);
    }
    expect(disparityToDepth(depthToDisparity(2) + 1)).toBeGreaterThan(2);
  });
});
