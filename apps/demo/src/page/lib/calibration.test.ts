import { describe, expect, it } from 'vitest';
import {
  calibrationFile,
  type KnownDistance,
  predictedDistance,
  scaleOf,
  seenWith,
  shellQuoted,
} from './calibration.js';

const size = { width: 101, height: 81 };

const middle: KnownDistance = {
  photo: 'kitchen.jpg',
  url: 'blob:1',
  size,
  fileSize: { width: 1010, height: 810 },
  camera: 'phone',
  pixels: [{ column: 50, row: 40 }],
  metres: 3,
  fieldOfView: 90,
  predictions: [
    { key: 'tiny', depths: [2], knowsCamera: false },
    { key: 'rooms-small', depths: [4], knowsCamera: true },
  ],
};

/** Across a wall two metres away, from the first to the last pixel's center. */
const across: KnownDistance = {
  ...middle,
  pixels: [
    { column: 0, row: 40 },
    { column: 100, row: 40 },
  ],
  metres: 2 * ((4 * 100) / 101),
  predictions: [{ key: 'tiny', depths: [2, 2], knowsCamera: false }],
};

describe('a known distance', () => {
  it('is the factor of all depth', () => {
    expect(scaleOf([middle], 'tiny', 'phone')).toBeCloseTo(1.5, 6);
    expect(scaleOf([middle], 'rooms-small', 'phone')).toBeCloseTo(0.75, 6);
    expect(predictedDistance(across, across.predictions[0]!)).toBeCloseTo(400 / 101, 6);
    expect(scaleOf([across], 'tiny', 'phone')).toBeCloseTo(2, 6);
    expect(scaleOf([], 'tiny', 'phone')).toBeUndefined();
  });

  it('counts in the mean of its photo, whose ratios are multiplied', () => {
    const other = { ...middle, photo: 'hall.jpg', url: 'blob:2', metres: 2 };
    // 1.5 and 2 of the kitchen, 1 of the hall.
    expect(scaleOf([middle, across, other], 'tiny', 'phone')).toBeCloseTo(Math.sqrt(Math.sqrt(3) * 1), 6);
  });

  it('holds for photos of the same camera, and of others if the model knows cameras', () => {
    expect(scaleOf([middle], 'tiny', 'another')).toBeUndefined();
    expect(scaleOf([middle], 'rooms-small', 'another')).toBeCloseTo(0.75, 6);
  });

  it('stays what it is when the field of view is corrected', () => {
    // Half the focal length: half the depth, for models that know the camera.
    const degrees = (360 / Math.PI) * Math.atan(2);
    expect(scaleOf([seenWith(middle, degrees)], 'rooms-small', 'phone')).toBeCloseTo(1.5, 6);
    expect(scaleOf([seenWith(middle, degrees)], 'tiny', 'phone')).toBeCloseTo(1.5, 6);
    // The wall is twice as wide, at the same depth.
    expect(scaleOf([seenWith(across, degrees)], 'tiny', 'phone')).toBeCloseTo(1, 6);
  });
});

it('writes what llm-mde calibrate takes', () => {
  const file = JSON.parse(calibrationFile([middle, across], 'tiny', 'tiny', 'phone'));
  expect(file).toMatchObject({ model: 'tiny', scale: 1.7321 });
  expect(file.distances[0]).toEqual({
    photo: 'kitchen.jpg',
    between: 'camera and pixel',
    pixels: [[505, 405]],
    metres: 3,
    predicted: 2,
    fieldOfView: 90,
  });
  expect(file.command).toBe('llm-mde calibrate MODEL kitchen.jpg@505,405=3 --fov 90 --no-check');
  const without = JSON.parse(calibrationFile([across], 'tiny', 'tiny', 'phone'));
  expect(without.command).toBeNull();
  expect(without.note).toMatch(/from the camera to one pixel only/);
});

it('quotes names for a shell', () => {
  expect(shellQuoted("my room's photo.jpg")).toBe(String.raw`'my room'\''s photo.jpg'`);
  expect(shellQuoted('$(reboot).jpg')).toBe("'$(reboot).jpg'");
  expect(shellQuoted('a.jpg')).toBe('a.jpg');
});
