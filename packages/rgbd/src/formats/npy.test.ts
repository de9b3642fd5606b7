import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { fixture, fixtureArray } from '../testing/fixtures.js';
import { halfToNumber } from './half.js';
import { readNpy } from './npy.js';

const load = (name: string) => readFile(fixture('pairs', 'npy', `${name}.npy`));

describe('readNpy', () => {
  it.each([
    ['float32', [37, 21]],
    ['float64', [37, 21]],
    ['float16', [37, 21]],
    ['big-endian', [37, 21]],
    ['fortran', [37, 21]],
    ['channel', [37, 21, 1]],
    ['version2', [37, 21]],
  ])('reads what NumPy wrote: %s', async (name, shape) => {
    const array = readNpy(await load(name), name);
    expect(array.shape).toEqual(shape);
    // The same depths are in a PNG that Pillow wrote and sharp reads, and in EXR files that OpenEXR wrote: see their tests.
    expect(Float32Array.from(array.data)).toEqual((await fixtureArray('pairs', 'depth.npy')).data);
  });

  it('reads a header by hand', () => {
    const header = "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }".padEnd(117);
    const content = Buffer.concat([
      Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'),
      Buffer.from(`${header}\n`),
      Buffer.from(Int16Array.of(1, -4, 2, 5, 3, 6).buffer),
    ]);
    expect(readNpy(content, 'x.npy')).toEqual({ shape: [2, 3], data: Int16Array.of(1, 2, 3, -4, 5, 6) });
  });

  it('refuses what is none, of another type, or cut off', async () => {
    const content = await load('float32');
    expect(() => readNpy(Buffer.alloc(0), 'x.npy')).toThrow('x.npy: The file is empty.');
    expect(() => readNpy(Buffer.from('hello, hello, hello'), 'x.npy')).toThrow('x.npy: It is not a NPY file.');
    expect(() => readNpy(content.subarray(0, content.length - 1), 'x.npy')).toThrow(
      'x.npy: It ends early: 3107 of 3108 bytes',
    );
    const text = Buffer.from(content.toString('latin1').replace("'<f4'", "'<U4'"), 'latin1');
    expect(() => readNpy(text, 'x.npy')).toThrow('Its numbers are of the type <U4');
    for (let length = 0; length < 200; length++)
      expect(() => readNpy(content.subarray(0, length), 'x.npy')).toThrow(/^x\.npy: /);
  });
});

describe('halfToNumber', () => {
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
  ])('reads %s as %s', (bits, value) => {
    expect(halfToNumber(bits)).toBe(value);
  });
});
