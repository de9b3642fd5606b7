import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { goldens } from '../testing/goldens.js';
import { decodeNpy, encodeNpy } from './npy.js';

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

describe('decodeNpy', () => {
  const load = (name: string) => readFile(new URL(`../../../rgbd/fixtures/pairs/npy/${name}.npy`, import.meta.url));

  it.each([
    ['float32', [37, 21]],
    ['float64', [37, 21]],
    ['float16', [37, 21]],
    ['big-endian', [37, 21]],
    ['fortran', [37, 21]],
    ['channel', [37, 21, 1]],
    ['version2', [37, 21]],
  ])('reads what NumPy wrote: %s', async (name, shape) => {
    const array = decodeNpy(await load(name));
    expect(array.shape).toEqual(shape);
    // The same depths are in a PNG that Pillow wrote and in EXR files that OpenEXR wrote: see the tests of rgbd.
    const depth = await readFile(new URL('../../../rgbd/fixtures/pairs/depth.npy', import.meta.url));
    expect(Float32Array.from(array.data)).toEqual(decodeNpy(depth).data);
  });

  it('reads integers in Fortran order', () => {
    const header = "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }".padEnd(117);
    const content = Buffer.concat([
      Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
      Buffer.from(`${header}\n`),
      Buffer.from(Int16Array.of(1, -4, 2, 5, 3, 6).buffer),
    ]);
    expect(decodeNpy(content)).toEqual({ shape: [2, 3], data: Int16Array.of(1, 2, 3, -4, 5, 6) });
  });

  it('rejects other content, other types and a file that is cut off', async () => {
    const content = await load('float32');
    expect(() => decodeNpy(Buffer.alloc(0))).toThrow('the file is empty');
    expect(() => decodeNpy(Buffer.from('hello, hello, hello'))).toThrow('it is not a NPY file');
    expect(() => decodeNpy(content.subarray(0, content.length - 1))).toThrow('it ends early: 3107 of 3108 bytes');
    const text = Buffer.from(content.toString('latin1').replace("'<f4'", "'<U4'"), 'latin1');
    expect(() => decodeNpy(text)).toThrow('its numbers are of the type <U4');
    for (let length = 0; length < 200; length++) {
      expect(() => decodeNpy(content.subarray(0, length))).toThrow(/^(the file|it|its) /);
    }
  });
});
