import { expect, it } from 'vitest';
import { readNumbers } from './numbers.js';

it.each([
  [0x0000, 0],
  [0x3c00, 1],
  [0xc000, -2],
  [0x7bff, 65504],
  [0x0400, 2 ** -14],
  [0x0001, 2 ** -24],
  [0x3555, 0.333251953125],
  [0x7c00, Number.POSITIVE_INFINITY],
  [0xfc00, Number.NEGATIVE_INFINITY],
  [0x7e00, Number.NaN],
])('reads the half %s as %s', (bits, value) => {
  expect(readNumbers('f2', Uint8Array.of(bits >> 8, bits & 255), false)).toEqual(Float32Array.of(value));
});

it('reads integers of 64 bits in both byte orders', () => {
  const bytes = Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 254);
  expect(readNumbers('i8', bytes, false)).toEqual(Float64Array.of(-2));
  expect(readNumbers('u8', bytes.toReversed())).toEqual(Float64Array.of(2 ** 64));
});
