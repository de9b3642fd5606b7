import { describe, expect, it } from 'vitest';
import { depthToPointCloud } from '../depth-to-point-cloud.js';
import {
  cameraFor,
  checkFieldOfView,
  focalLengthFrom35mm,
  intrinsicsFromFieldOfView,
  intrinsicsFromFocalLength,
  nyuIntrinsics,
} from './intrinsics.js';

describe('nyuIntrinsics', () => {
  it("has the toolbox's constants, counted from 0, and scales with the frame", () => {
    expect(nyuIntrinsics({ width: 640, height: 480 })).toMatchObject({ fx: 518.8579011745019, cx: 324.58244941119034 });
    // The slopes of the borders stay: pixel centers move by half a pixel.
    const whole = nyuIntrinsics({ width: 640, height: 480 });
    for (const [width, height] of [
      [320, 240],
      [224, 224],
      [37, 53],
    ] as const) {
      const { fx, fy, cx, cy } = nyuIntrinsics({ width, height });
      expect((-0.5 - cx) / fx).toBeCloseTo((-0.5 - whole.cx) / whole.fx, 12);
      expect((width - 0.5 - cx) / fx).toBeCloseTo((639.5 - whole.cx) / whole.fx, 12);
      expect((-0.5 - cy) / fy).toBeCloseTo((-0.5 - whole.cy) / whole.fy, 12);
      expect((height - 0.5 - cy) / fy).toBeCloseTo((479.5 - whole.cy) / whole.fy, 12);
    }
  });
});

describe('intrinsicsFromFieldOfView', () => {
  it('puts the edges of the longer side at half the angle', () => {
    const size = { width: 400, height: 300 };
    const { fx, fy, cx, cy } = intrinsicsFromFieldOfView(90, size);
    expect([fx, fy, cx, cy]).toEqual([expect.closeTo(200, 9), expect.closeTo(200, 9), 199.5, 149.5]);
    expect(intrinsicsFromFieldOfView(90, { width: 300, height: 400 })).toMatchObject({ fx, fy, cx: cy, cy: cx });
    expect(() => intrinsicsFromFieldOfView(180, size)).toThrow('between 0 and 180 degrees, got 180');
  });
});

describe('checkFieldOfView', () => {
  const size = { width: 640, height: 480 };
  it.each([
    [
      { fx: 18, fy: 18, cx: 12, cy: 8 },
      'A focal length of 18 pixels is a field of view of 174° across 640 pixels: is it in millimetres?',
    ],
    [
      { fx: 500, fy: 20000, cx: 320, cy: 240 },
      'A focal length of 20000 pixels is a field of view of 1.38° across 480 pixels',
    ],
    [
      { fx: 500, fy: 500, cx: 12, cy: 240 },
      'The principal point (12, 240) is far from the middle of the picture, (319.5, 239.5)',
    ],
    [{ fx: Number.NaN, fy: 500, cx: 320, cy: 240 }, 'fx and fy greater than 0, got fx NaN'],
  ])('rejects %o', (intrinsics, message) => {
    expect(() => checkFieldOfView(intrinsics, size)).toThrow(message);
  });

  it('takes cameras from a telephoto lens to an action camera', () => {
    checkFieldOfView(nyuIntrinsics(size), size);
    for (const degrees of [5, 65, 130]) checkFieldOfView(intrinsicsFromFieldOfView(degrees, size), size);
  });
});

it('a focal length on 35-mm film has the same angle across the diagonal', () => {
  // Film itself, a point a millimetre; then 4 to 3, whose diagonal is 5.
  expect(focalLengthFrom35mm(50, { width: 36, height: 24 })).toBeCloseTo(50, 12);
  expect(focalLengthFrom35mm(26, { width: 400, height: 300 })).toBeCloseTo((26 * 500) / 43.2666, 3);
  expect(intrinsicsFromFocalLength(400, { width: 400, height: 300 })).toEqual({
    fx: 400,
    fy: 400,
    cx: 199.5,
    cy: 149.5,
  });
  expect(() => intrinsicsFromFocalLength(4, { width: 400, height: 300 })).toThrow('is it in millimetres?');
});

describe('depthToPointCloud', () => {
  it('rejects intrinsics without a focal length', () => {
    const intrinsics = { fx: 0, fy: 1, cx: 0, cy: 0 };
    expect(() => depthToPointCloud([1], { width: 1, height: 1, intrinsics })).toThrow(
      'fx and fy greater than 0, got fx 0',
    );
  });
});

it("takes what is known of the camera, and NYU's otherwise", () => {
  const intrinsics = { fx: 9, fy: 8, cx: 3, cy: 4 };
  expect(cameraFor({ width: 9, height: 9 }, { intrinsics, fov: 9 })).toEqual(intrinsics);
  const millimetres = { fx: 18, fy: 18, cx: 320, cy: 240 };
  expect(() => cameraFor({ width: 640, height: 480 }, { intrinsics: millimetres })).toThrow('a field of view of 174°');
  expect(cameraFor({ width: 320, height: 240 }, {})).toEqual(nyuIntrinsics({ width: 320, height: 240 }));
  expect(cameraFor({ width: 300, height: 400 }, { fov: 90 }).fx).toBeCloseTo(200, 6);
  const { fx, fy, cx } = cameraFor({ width: 640, height: 360 }, {});
  expect([fx, cx]).toEqual([fy, 319.5]);
  expect(Math.abs(fx - nyuIntrinsics({ width: 640, height: 480 }).fx)).toBeLessThan(2);
});
