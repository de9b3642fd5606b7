import { depthToPointCloud } from '../depth-to-point-cloud.js';
import { checkSize } from '../size.js';
import { depthToMesh, type SurfaceOptions } from '../surface.js';

export interface GlbOptions extends SurfaceOptions {
  /** The picture's colors (sRGB), interleaved, of the depth map's size. */
  colors: ArrayLike<number>;
  /** @default 'mesh' */
  kind?: 'mesh' | 'points';
}

// Constants of glTF 2.0 and its binary form.
const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;
const FLOAT = 5126;
const UNSIGNED_SHORT = 5123;
const UNSIGNED_INT = 5125;
const ARRAY_BUFFER = 34962;
const ELEMENT_ARRAY_BUFFER = 34963;
const POINTS = 0;
const TRIANGLES = 4;

/**
 * A colored surface or point cloud as binary glTF 2.0, which browsers, phones and 3D programs open. Unlit; coordinates are glTF's, in
 * metres: x to the right, y up, the camera at the origin looking along −z.
 *
 * @param depth metres along the camera's axis, `height * width` values; holes give no points.
 * @throws RangeError if sizes, stride, intrinsics or angle make no sense, or nothing but holes is there.
 */
export function encodeGlb(depth: ArrayLike<number>, options: GlbOptions): Uint8Array<ArrayBuffer> {
  const { colors, kind = 'mesh' } = options;
  checkSize('The picture', colors, options, 3);
  const { positions, pixels, triangles } =
    kind === 'mesh'
      ? depthToMesh(depth, options)
      : { ...depthToPointCloud(depth, options), triangles: new Uint32Array() };
  if (pixels.length === 0) throw new RangeError('The depth map has nothing but holes, and a GLB file cannot be empty.');
  for (let at = 0; at < positions.length; at += 3) {
    positions[at + 1]! *= -1;
    positions[at + 2]! *= -1;
  }
  const parts = [
    { data: positions, target: ARRAY_BUFFER },
    { data: vertexColors(colors, pixels), target: ARRAY_BUFFER },
    ...(triangles.length > 0 ? [{ data: triangles, target: ELEMENT_ARRAY_BUFFER }] : []),
  ];
  const binary = new Uint8Array(parts.reduce((sum, { data }) => sum + data.byteLength, 0));
  let byteOffset = 0;
  const bufferViews = parts.map(({ data, target }) => {
    // Typed arrays have the machine's byte order, which is glTF's (low byte first) wherever this runs.
    binary.set(new Uint8Array(data.buffer), byteOffset);
    const view = { buffer: 0, byteOffset, byteLength: data.byteLength, target };
    byteOffset += data.byteLength;
    return view;
  });
  const hasTriangles = triangles.length > 0;
  const json = {
    asset: { version: '2.0', generator: '@llm-mde/depth-maps' },
    extensionsUsed: ['KHR_materials_unlit'],
    scene: 0,
    scenes: [{ nodes: [0] }],
    nodes: [{ mesh: 0, name: 'depth' }],
    meshes: [
      {
        primitives: [
          {
            attributes: { POSITION: 0, COLOR_0: 1 },
            ...(hasTriangles && { indices: 2 }),
            material: 0,
            mode: hasTriangles ? TRIANGLES : POINTS,
          },
        ],
      },
    ],
    materials: [
      {
        doubleSided: true,
        pbrMetallicRoughness: { metallicFactor: 0, roughnessFactor: 1 },
        extensions: { KHR_materials_unlit: {} },
      },
    ],
    accessors: [
      { bufferView: 0, componentType: FLOAT, count: pixels.length, type: 'VEC3', ...bounds(positions) },
      { bufferView: 1, componentType: UNSIGNED_SHORT, normalized: true, count: pixels.length, type: 'VEC4' },
      ...(hasTriangles
        ? [{ bufferView: 2, componentType: UNSIGNED_INT, count: triangles.length, type: 'SCALAR' }]
        : []),
    ],
    bufferViews,
    buffers: [{ byteLength: binary.length }],
  };
  return container(JSON.stringify(json), binary);
}

/** Colors of vertices are linear in glTF; 16 bits keep the dark ones apart. The fourth, opacity, also keeps each on a multiple of 4 bytes. */
function vertexColors(colors: ArrayLike<number>, pixels: Uint32Array): Uint16Array {
  const linear = Uint16Array.from({ length: 256 }, (_, value) => Math.round(65_535 * linearFromSrgb(value / 255)));
  const result = new Uint16Array(4 * pixels.length);
  for (const [point, pixel] of pixels.entries()) {
    for (let channel = 0; channel < 3; channel++) result[4 * point + channel] = linear[colors[3 * pixel + channel]!]!;
    result[4 * point + 3] = 65_535;
  }
  return result;
}

function linearFromSrgb(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function bounds(positions: Float32Array): { min: number[]; max: number[] } {
  const min = [0, 1, 2].map((axis) => positions[axis]!);
  const max = [...min];
  for (let at = 0; at < positions.length; at++) {
    min[at % 3] = Math.min(min[at % 3]!, positions[at]!);
    max[at % 3] = Math.max(max[at % 3]!, positions[at]!);
  }
  return { min, max };
}

/** A header, then the two chunks, each padded to a multiple of 4 bytes (JSON with blanks). */
function container(json: string, binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(json);
  const textLength = Math.ceil(text.length / 4) * 4;
  const bytes = new Uint8Array(12 + 8 + textLength + 8 + binary.length);
  const view = new DataView(bytes.buffer);
  [MAGIC, 2, bytes.length, textLength, JSON_CHUNK].forEach((value, index) => {
    view.setUint32(4 * index, value, true);
  });
  bytes.fill(0x20, 20, 20 + textLength);
  bytes.set(text, 20);
  view.setUint32(20 + textLength, binary.length, true);
  view.setUint32(24 + textLength, BINARY_CHUNK, true);
  bytes.set(binary, 28 + textLength);
  return bytes;
}
