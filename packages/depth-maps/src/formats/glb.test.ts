import { describe, expect, it } from 'vitest';
import { goldens } from '../testing/goldens.js';
import { encodeGlb } from './glb.js';

const { depth, size, intrinsics, colors } = goldens;

describe('encodeGlb', () => {
  it('writes a mesh: header, JSON, numbers, with the y and z axes of glTF', () => {
    const flat = new Float32Array(24).fill(2);
    const { json, view } = parse(encodeGlb(flat, { ...size, intrinsics, colors }));
    const [primitive] = json.meshes[0].primitives;
    expect(primitive).toEqual({ attributes: { POSITION: 0, COLOR_0: 1 }, indices: 2, material: 0, mode: 4 });
    expect(json.accessors.map(({ count, type }: { count: number; type: string }) => [count, type])).toEqual([
      [24, 'VEC3'],
      [24, 'VEC4'],
      [90, 'SCALAR'],
    ]);
    const { min, max } = json.accessors[0];
    expect(min[2]).toBe(-2);
    expect(max[2]).toBe(-2);
    expect(max[0]).toBeCloseTo(((5 - 2.25) * 2) / 5.5, 6);
    expect(max[1]).toBeCloseTo(((1.75 - 0) * 2) / 5.25, 6);
    const corner = (at: number) => view.getUint32(json.bufferViews[2].byteOffset + 4 * at, true);
    expect([0, 1, 2, 3, 4, 5].map(corner)).toEqual([0, 6, 1, 1, 6, 7]);
  });

  it('writes points, colors linear and opaque', () => {
    const { json, view } = parse(encodeGlb(depth, { ...size, intrinsics, colors, kind: 'points' }));
    const [primitive] = json.meshes[0].primitives;
    expect(primitive).toEqual({ attributes: { POSITION: 0, COLOR_0: 1 }, material: 0, mode: 0 });
    expect(json.accessors).toHaveLength(2);
    expect(json.accessors[0].count).toBe(22);
    const start = json.bufferViews[1].byteOffset;
    const srgb = colors[3]! / 255; // The first pixel is a hole.
    expect(view.getUint16(start, true)).toBe(Math.round(65_535 * ((srgb + 0.055) / 1.055) ** 2.4));
    expect(view.getUint16(start + 6, true)).toBe(65_535);
  });

  it('refuses a map of holes', () => {
    expect(() => encodeGlb(new Float32Array(24), { ...size, colors })).toThrow('nothing but holes');
  });
});

function parse(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('glTF');
  expect(view.getUint32(4, true)).toBe(2);
  expect(view.getUint32(8, true)).toBe(bytes.length);
  const length = view.getUint32(12, true);
  expect(new TextDecoder().decode(bytes.subarray(16, 20))).toBe('JSON');
  const json = JSON.parse(new TextDecoder().decode(bytes.subarray(20, 20 + length)));
  expect(new TextDecoder().decode(bytes.subarray(24 + length, 28 + length))).toBe('BIN\0');
  const binary = view.getUint32(20 + length, true);
  expect(28 + length + binary).toBe(bytes.length);
  expect([length % 4, binary % 4]).toEqual([0, 0]);
  expect(json.buffers).toEqual([{ byteLength: binary }]);
  return { json, view: new DataView(bytes.buffer, bytes.byteOffset + 28 + length, binary) };
}
