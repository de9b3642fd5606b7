import { describe, expect, it } from 'vitest';
import { fixtureArray, greatestDifference } from '../../../rgbd/src/testing/fixtures.js';
import { fillDepthColorization } from './fill-depth-colorization.js';
import { solveSparse } from './solve-sparse.js';

async function load(name: string) {
  const [image, depth, filled] = await Promise.all(
    ['image', 'depth', 'filled'].map((part) => fixtureArray('colorization', `${name}.${part}.npy`)),
  );
  const [height, width] = depth!.shape as [number, number];
  return {
    image: { data: image!.data as Uint8Array, width, height, channels: 3 as const },
    depth: { data: depth!.data as Float32Array, width, height },
    filled: filled!.data,
  };
}

describe('fillDepthColorization', () => {
  it.each(['small', 'large'])('gives what a direct solver gives in SciPy: %s', async (name) => {
    const { image, depth, filled } = await load(name);
    const result = fillDepthColorization(image, depth);
    expect(greatestDifference(result.data, filled)).toBeLessThan(1e-4);
    for (const [index, value] of depth.data.entries()) if (value > 0) expect(result.data[index]).toBe(value);
    expect(result.data.every((value) => value > 0)).toBe(true);
  });

  it('stays within the measured depths', async () => {
    const { image, depth } = await load('large');
    const measured = depth.data.filter((value) => value > 0);
    const result = fillDepthColorization(image, depth).data;
    expect(Math.min(...result)).toBeGreaterThanOrEqual(Math.min(...measured) - 1e-4);
    expect(Math.max(...result)).toBeLessThanOrEqual(Math.max(...measured) + 1e-4);
  });

  it('returns maps unchanged whose depth is complete, or missing everywhere', async () => {
    const { image, depth } = await load('small');
    const [full, empty] = [depth.data.map(() => 2), depth.data.map(() => 0)];
    expect(fillDepthColorization(image, { ...depth, data: full }).data).toEqual(full);
    expect(fillDepthColorization(image, { ...depth, data: empty }).data).toEqual(empty);
  });
});

describe('solveSparse', () => {
  // 4 -1 0; -2 5 1; 0 -1 3: not symmetric.
  const matrix = {
    rowStarts: Int32Array.of(0, 2, 5, 7),
    columns: Int32Array.of(1, 0, 0, 1, 2, 2, 1),
    values: Float64Array.of(-1, 4, -2, 5, 1, 3, -1),
    size: 3,
  };

  it('solves a small system, from any start', () => {
    const right = Float64Array.of(4 - 2, -2 + 10 + 3, -2 + 9);
    for (const start of [
      [0, 0, 0],
      [1, 2, 3],
      [-50, 7, 100],
    ]) {
      const solution = solveSparse(matrix, right, Float64Array.from(start), { tolerance: 1e-12 });
      expect(greatestDifference(solution, [1, 2, 3])).toBeLessThan(1e-10);
    }
  });

  it('says when it does not converge', () => {
    const singular = {
      rowStarts: Int32Array.of(0, 2, 4),
      columns: Int32Array.of(0, 1, 0, 1),
      values: Float64Array.of(1, 1, 1, 1),
      size: 2,
    };
    expect(() => solveSparse(singular, Float64Array.of(1, 2), new Float64Array(2), { steps: 50 })).toThrow(
      'did not converge in 50 steps',
    );
  });
});
