import { expect, it } from 'vitest';
import { type RawImage, toRgb } from './raw-image.js';

it.each([
  [1, [7, 9], [7, 7, 7, 9, 9, 9]],
  [2, [7, 0, 9, 255], [7, 7, 7, 9, 9, 9]],
  [3, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]],
  [4, [1, 2, 3, 0, 4, 5, 6, 255], [1, 2, 3, 4, 5, 6]],
] as const)('brings %i channels to three', (channels, values, expected) => {
  const rgb = toRgb({ data: Uint8Array.from(values), width: 2, height: 1, channels });
  expect(rgb).toEqual({ data: Uint8Array.from(expected), width: 2, height: 1, channels: 3 });
});

it.each([
  [undefined, 'An image should be an object { data, width, height, channels }, but is undefined.'],
  [{ width: 0 }, 'An image is 0×2 pixels; its width and height should be whole numbers from 1.'],
  [{ height: 1.5 }, 'An image is 2×1.5 pixels'],
  [{ channels: 5 }, 'An image has 5 channels; it should have 1 (grayscale)'],
  [{ channels: undefined }, 'An image has undefined channels'],
  [{ channels: 4 }, 'An image of 2×2 pixels and 4 channels has 16 values, but its data has 12.'],
  [{ data: new Float32Array(12) }, "An image's data should be a Uint8Array or a Uint8ClampedArray: 8 bits a channel."],
])('refuses a malformed image: %j', (change, message) => {
  const image = change && { data: new Uint8Array(12), width: 2, height: 2, channels: 3, ...change };
  expect(() => toRgb(image as RawImage)).toThrow(message);
});
