import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fixture } from '../testing/fixtures.js';
import { readMat5 } from './mat5.js';

const load = (...name: string[]) => readFile(fixture(...name));

describe('readMat5', () => {
  it('reads compressed and plain arrays of integers, as SciPy wrote them', async () => {
    for (const name of ['plain.mat', 'compressed.mat']) {
      const arrays = readMat5(await load('matlab-variants', name), name);
      expect(arrays.get('trainNdxs')).toEqual({ dimensions: [3, 1], values: [1, 2, 3] });
      expect(arrays.get('a')).toEqual({ dimensions: [1, 1], values: [7] });
    }
  });

  it('reads doubles, also where they are stored as smaller numbers, and skips text and cells', async () => {
    const arrays = readMat5(await load('matlab-variants', 'doubles.mat'), 'doubles.mat');
    expect([...arrays]).toEqual([['trainNdxs', { dimensions: [4, 1], values: [1, 2, 300, 70000] }]]);
    const compressed = readMat5(await load('matlab-variants', 'compressed.mat'), 'x.mat');
    expect([...compressed.keys()].sort()).toEqual(['a', 'trainNdxs', 'x']);
    expect(compressed.get('x')!.dimensions).toEqual([2, 3]);
  });

  it('reads splits.mat', async () => {
    const arrays = readMat5(await load('labeled', 'splits.mat'), 'splits.mat');
    expect(arrays.get('trainNdxs')!.values).toEqual([1, 2, 3, 5, 7]);
    expect(arrays.get('testNdxs')!.values).toEqual([4, 6]);
  });

  it('rejects other files, and files that are cut off', async () => {
    expect(() => readMat5(Buffer.alloc(0), 'x.mat')).toThrow('x.mat: It is not a MATLAB v5 file');
    for (const name of ['plain.mat', 'compressed.mat']) {
      const content = await load('matlab-variants', name);
      expect(() => readMat5(content.subarray(0, content.length - 9), name)).toThrow(`${name}: It can't be read`);
    }
  });
});
