import { expect, it } from 'vitest';
import { centimetres, colorizeDifference, differenceOf, divergingColor } from './difference.js';

const size = { width: 4, height: 1 };

it('is the second depth minus the first, whose mean is with and without sign', () => {
  const first = { ...size, depth: Float32Array.of(1, 2, 3, 4) };
  const { values, mean, meanAbsolute, limit } = differenceOf(first, { ...size, depth: Float32Array.of(1, 3, 2.5, 4) });
  expect([...values]).toEqual([0, 1, -0.5, 0]);
  expect([mean, meanAbsolute, limit]).toEqual([0.125, 0.375, 0.5]);
  expect(() => differenceOf(first, { width: 2, height: 2, depth: first.depth })).toThrow('of one size');
});

it('is blue where the second is nearer, red where it is farther, up to the end of the scale', () => {
  expect([...colorizeDifference({ values: Float32Array.of(0, 2, -4, 9), limit: 4 })]).toEqual([
    ...divergingColor(0),
    ...divergingColor(0.5),
    ...divergingColor(-1),
    ...divergingColor(1),
  ]);
  const [red, , blue] = divergingColor(1);
  expect(red).toBeGreaterThan(blue);
  expect([...colorizeDifference({ values: Float32Array.of(0), limit: 0 })]).toEqual([247, 247, 247]);
});

it('is said in centimetres', () => {
  expect([centimetres(0.123), centimetres(-1.5), centimetres(0.0041)]).toEqual(['12 cm', '-150 cm', '0.4 cm']);
});
