import { expect, it } from 'vitest';
import { type RawImage, toRgb } from './raw-image.js';

it.each([
  [1, [7, 9], [7, 7, 7, 9, 9, 9]],
  [2, [7, 0, 9, 255], [7, 7, 7, 9, 9, 9]],
  [3, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]],
  [4, [1, 2, 3, 0, 4, 5, 6, 255], [1, 2, 3, 4, 5, 6]],
] as const)('converts %i channels to three', (channels, values, expected) => {
  const rgb = toRgb({ data: Uint8Array.from(values), width: 2, height: 1, channels });
  expect(rgb).toEqual({ data: Uint8Array.from(expected), width: 2, height: 1, channels: 3 });
});

it.each([
  [undefined, 'Expected an image { data, width, height, channels }, got undefined.'],
  [{ width: 0 }, 'The width and height of an image must be positive integers, got 0×2.'],
  [{ height: 1.5 }, 'got 2×1.5.'],
  [{ channels: 5 }, 'must have 1 (grayscale), 2 (grayscale and alpha), 3 (RGB) or 4 (RGBA) channels, got 5.'],
  [{ channels: undefined }, 'got undefined.'],
  [{ channels: 4 }, 'The data of an image of 2×2 pixels and 4 channels must have 16 values, got 12.'],
  [{ data: new Float32Array(12) }, "An image's data must be a Uint8Array or a Uint8ClampedArray: 8 bits per channel."],
])('refuses a malformed image: %j', (change, message) => {
  const image = change && { data: new Uint8Array(12), width: 2, height: 2, channels: 3, ...change };
  expect(() => toRgb(image as RawImage)).toThrow(message);
});
