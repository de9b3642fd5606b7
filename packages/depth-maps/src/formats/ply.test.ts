import { describe, expect, it } from 'vitest';
import { goldens } from '../testing/goldens.js';
import { encodePly } from './ply.js';

const { depth, size, intrinsics, colors } = goldens;

describe('encodePly', () => {
  it('writes the points that NumPy computes, byte for byte', () => {
    const { header, body } = parse(encodePly(depth, { ...size, intrinsics, colors }));
    expect(header).toEqual([
      'ply',
      'format binary_little_endian 1.0',
      'comment metres; x to the right, y down, z forward',
      'element vertex 22',
      'property float x',
      'property float y',
      'property float z',
      'property uchar red',
      'property uchar green',
      'property uchar blue',
      'end_header',
    ]);
    expect(body).toEqual(goldens.plyVertices);
  });

  it('takes every second pixel of every second row', () => {
    const { header } = parse(encodePly(depth, { ...size, colors, stride: 2 }));
    expect(header).toContain('element vertex 5');
    expect(() => encodePly(depth, { ...size, colors, stride: 0 })).toThrow('The stride must be an integer from 1');
    expect(() => encodePly(depth, { ...size, colors: [1] })).toThrow('The picture has 1 values');
  });
});

function parse(bytes: Uint8Array): { header: string[]; body: Uint8Array } {
  const text = new TextDecoder('latin1').decode(bytes);
  const end = text.indexOf('end_header\n') + 'end_header\n'.length;
  return { header: text.slice(0, end).trimEnd().split('\n'), body: bytes.slice(end) };
}
