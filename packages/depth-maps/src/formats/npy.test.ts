import { describe, expect, it } from 'vitest';
import { goldens } from '../testing/goldens.js';
import { encodeNpy } from './npy.js';

describe('encodeNpy', () => {
  it('writes the bytes that NumPy writes', () => {
    expect(encodeNpy(goldens.depth, goldens.size)).toEqual(goldens.npy);
  });

  it('starts its numbers at a multiple of 64, whatever the header', () => {
    for (const width of [1, 10, 1000, 100_000]) {
      const bytes = encodeNpy(new Float32Array(width).fill(1.5), { width, height: 1 });
      const start = bytes.length - 4 * width;
      expect(start % 64).toBe(0);
      expect(bytes[start - 1]).toBe(10);
      expect(new DataView(bytes.buffer).getFloat32(start, true)).toBe(1.5);
    }
  });
});
