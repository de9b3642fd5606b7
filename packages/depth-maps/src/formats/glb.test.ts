import { WebIO } from '@gltf-transform/core';
import { KHRMaterialsUnlit, KHRMeshQuantization } from '@gltf-transform/extensions';
import { describe, expect, it } from 'vitest';
import { goldens } from '../testing/goldens.js';
import { encodeGlb } from './glb.js';
import { encodePng } from './png.js';

const { depth, size, intrinsics, colors } = goldens;
const io = new WebIO().registerExtensions([KHRMaterialsUnlit, KHRMeshQuantization]);

async function read(bytes: Uint8Array) {
  const root = (await io.readBinary(bytes)).getRoot();
  const [node, primitive] = [root.listNodes()[0]!, root.listMeshes()[0]!.listPrimitives()[0]!];
  const [scale, offset] = [node.getScale(), node.getTranslation()];
  const attribute = (name: string) => {
    const accessor = primitive.getAttribute(name)!;
    return Array.from({ length: accessor.getCount() }, (_, index) => accessor.getElement(index, []));
  };
  return {
    positions: attribute('POSITION').map((point) => point.map((value, axis) => value * scale[axis]! + offset[axis]!)),
    coordinates: attribute('TEXCOORD_0'),
    indices: [...primitive.getIndices()!.getArray()!],
    material: primitive.getMaterial()!,
  };
}

describe('encodeGlb', () => {
  it('writes a mesh with the axes of glTF and the image as its texture', async () => {
    const flat = new Float32Array(24).fill(2);
    const bytes = await encodeGlb(flat, { ...size, intrinsics, colors });
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('glTF');
    const { positions, coordinates, indices, material } = await read(bytes);
    expect([positions.length, indices.length]).toEqual([24, 90]);
    expect(indices.slice(0, 6)).toEqual([0, 6, 1, 1, 6, 7]);
    for (const [index, [x, y, z]] of positions.entries()) {
      const [column, row] = [index % 6, Math.floor(index / 6)];
      expect(x).toBeCloseTo(((column - 2.25) * 2) / 5.5, 4);
      expect(y).toBeCloseTo(((1.75 - row) * 2) / 5.25, 4);
      expect(z).toBeCloseTo(-2, 6);
      expect(coordinates[index]![0]).toBeCloseTo((column + 0.5) / 6, 4);
      expect(coordinates[index]![1]).toBeCloseTo((row + 0.5) / 4, 4);
    }
    expect(material.getExtension('KHR_materials_unlit')).toBeTruthy();
    expect(material.getBaseColorTexture()!.getImage()).toEqual(encodePng(colors, size));
  });

  it('leaves out missing depth', async () => {
    const { positions } = await read(await encodeGlb(depth, { ...size, intrinsics, colors }));
    expect(positions).toHaveLength(22);
  });

  it('has so few vertices that 16 bits number them, unless a stride is given', async () => {
    const large = { width: 300, height: 250 };
    const map = new Float32Array(300 * 250).fill(1);
    const image = new Uint8Array(3 * map.length);
    const small = await read(await encodeGlb(map, { ...large, colors: image }));
    expect(small.positions).toHaveLength(150 * 125);
    const all = await read(await encodeGlb(map, { ...large, colors: image, stride: 1 }));
    expect(all.positions).toHaveLength(300 * 250);
    expect(Math.max(...all.indices.slice(-6))).toBe(300 * 250 - 1);
  });

  it('rejects a map without depth', async () => {
    await expect(encodeGlb(new Float32Array(24), { ...size, colors })).rejects.toThrow('All depth is missing');
  });
});
