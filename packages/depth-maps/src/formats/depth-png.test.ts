import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { goldens } from '../testing/goldens.js';
import { decodeDepthPng, encodeDepthPng } from './depth-png.js';

const { depth, size } = goldens;

describe('encodeDepthPng and decodeDepthPng', () => {
  it('reads what Pillow wrote, and its own file, to the millimetre', () => {
    const fromPillow = decodeDepthPng(goldens.depthPng);
    expect(fromPillow).toEqual(decodeDepthPng(encodeDepthPng(depth, size)));
    expect(fromPillow).toMatchObject(size);
    for (const [pixel, metres] of depth.entries()) {
      expect(Math.abs(fromPillow.data[pixel]! - metres)).toBeLessThanOrEqual(0.0005001);
      expect(fromPillow.data[pixel] === 0).toBe(metres === 0);
    }
  });

  it('writes missing depth as 0, what is very near as 1 mm, and the largest depth that 16 bits hold', () => {
    const metres = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 0.0001, 65.535];
    const { data } = decodeDepthPng(encodeDepthPng(metres, { width: 3, height: 2 }));
    expect([...data]).toEqual([0, 0, 0, 0, 0.001, 65.535].map(Math.fround));
  });

  it('reads another scale', () => {
    const file = encode({ width: 1, height: 1, data: new Uint16Array([512]), depth: 16, channels: 1 });
    expect(decodeDepthPng(file, 256).data[0]).toBe(2);
  });

  it('rejects depths that do not fit, wrong sizes, and files of another kind', () => {
    expect(() => encodeDepthPng([1, 2, 3, 70], { width: 2, height: 2 })).toThrow(
      'The depth of pixel 3 is 70 m, but 16 bits of millimetres reach 65.535 m; write NPY instead.',
    );
    expect(() => encodeDepthPng([1, 2, 3], { width: 2, height: 2 })).toThrow(
      'The depth map has 3 values, but an image of 2 by 2 pixels has 4.',
    );
    expect(() => decodeDepthPng(encode({ width: 1, height: 1, data: new Uint8Array(3), channels: 3 }))).toThrow(
      'Depth must be a gray PNG with 16 bits, but this one has 3 channels of 8 bits.',
    );
    expect(() => decodeDepthPng(new Uint8Array([1, 2, 3]))).toThrow('This is not a PNG file, or it is damaged');
    const damaged = encodeDepthPng(depth, size);
    damaged[damaged.length - 30]! ^= 1;
    expect(() => decodeDepthPng(damaged)).toThrow('damaged');
  });
});
