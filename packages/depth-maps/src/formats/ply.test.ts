import { describe, expect, it } from 'vitest';
import { depthToMesh } from '../surface.js';
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

  it('joins points by triangles', () => {
    const flat = new Float32Array(24).fill(2);
    const { header, body } = parse(encodePly(flat, { ...size, intrinsics, colors, faces: true }));
    expect(header).toContain('element vertex 24');
    expect(header).toContain('element face 30');
    expect(header.at(-2)).toBe('property list uchar int vertex_indices');
    const faces = new DataView(body.buffer, body.byteOffset + 24 * 15);
    expect(faces.byteLength).toBe(30 * 13);
    const { triangles } = depthToMesh(flat, { ...size, intrinsics });
    for (let face = 0; face < 30; face++) {
      expect(faces.getUint8(13 * face)).toBe(3);
      const corners = [1, 5, 9].map((offset) => faces.getInt32(13 * face + offset, true));
      expect(corners).toEqual([...triangles.subarray(3 * face, 3 * face + 3)]);
    }
  });

  it('takes every second pixel of every second row', () => {
    const { header } = parse(encodePly(depth, { ...size, colors, stride: 2 }));
    expect(header).toContain('element vertex 5');
    expect(() => encodePly(depth, { ...size, colors, stride: 0 })).toThrow('The stride must be a whole number from 1');
    expect(() => encodePly(depth, { ...size, colors: [1] })).toThrow('The picture has 1 values');
  });
});

function parse(bytes: Uint8Array): { header: string[]; body: Uint8Array } {
  const text = new TextDecoder('latin1').decode(bytes);
  const end = text.indexOf('end_header\n') + 'end_header\n'.length;
  return { header: text.slice(0, end).trimEnd().split('\n'), body: bytes.slice(end) };
}
