import { expect, it } from 'vitest';
import { depthAround } from './depth-around.js';

const map = (width: number, height: number) => ({
  width,
  height,
  depth: Float32Array.from({ length: width * height }, (_, pixel) => (pixel % width) + 1),
});

it('is the median of the pixels around, fewer at the edge, more in a large photo', () => {
  expect(depthAround(map(9, 7), [4, 3])).toBe(5);
  expect(depthAround(map(9, 7), [0, 0])).toBe(2);
  const one = map(9, 7);
  one.depth[3 * 9 + 4] = 100;
  expect(depthAround(one, [4, 3])).toBe(5);
  expect(depthAround(map(500, 400), [249.5, 199.5])).toBe(251);
});
