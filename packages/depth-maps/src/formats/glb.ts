import { checkSize } from '../size.js';
import { depthToMesh, type SurfaceOptions } from '../surface.js';
import { encodePng } from './png.js';

export interface GlbOptions extends SurfaceOptions {
  /** The image (sRGB), RGB interleaved, of the depth map's size. */
  colors: Uint8Array | Uint8ClampedArray;
  /** @default 65,535, the vertices that 16 bits number, unless a stride is given */
  maximumPoints?: number;
}

/** What 16 bits hold. */
const LARGEST = 65_535;

/**
 * A surface with the image as its texture, as binary glTF 2.0, which browsers, phones and 3D programs open. Unlit; coordinates are glTF's, in
 * metres: x to the right, y up, the camera at the origin looking along −z. Positions have 16 bits over the surface's extent
 * (KHR_mesh_quantization).
 *
 * @param depth metres along the camera's axis, `height * width` values; missing depth gives no vertices.
 * @throws RangeError if sizes, stride, intrinsics or angle are invalid, or all depth is missing.
 */
export async function encodeGlb(depth: ArrayLike<number>, options: GlbOptions): Promise<Uint8Array<ArrayBuffer>> {
  const { colors, width, height } = options;
  checkSize('The image', colors, options, 3);
  const mesh = depthToMesh(depth, options.stride === undefined ? { maximumPoints: LARGEST, ...options } : options);
  const vertices = mesh.pixels.length;
  if (vertices === 0) throw new RangeError('All depth is missing, and a GLB file cannot be empty.');
  const { positions, minimum, extent } = quantize(mesh.positions);
  const coordinates = new Uint16Array(2 * vertices);
  for (const [vertex, pixel] of mesh.pixels.entries()) {
    coordinates[2 * vertex] = Math.round((((pixel % width) + 0.5) / width) * LARGEST);
    coordinates[2 * vertex + 1] = Math.round(((Math.floor(pixel / width) + 0.5) / height) * LARGEST);
  }
  // Loaded when they are needed: most who write depth maps write other formats.
  const [{ Document, WebIO }, { KHRMaterialsUnlit, KHRMeshQuantization }] = await Promise.all([
    import('@gltf-transform/core'),
    import('@gltf-transform/extensions'),
  ]);
  const document = new Document();
  document.getRoot().getAsset().generator = '@llm-mde/depth-maps';
  const buffer = document.createBuffer();
  const accessor = (type: 'SCALAR' | 'VEC2' | 'VEC3', array: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>) =>
    document.createAccessor().setType(type).setArray(array).setBuffer(buffer);
  document.createExtension(KHRMeshQuantization).setRequired(true);
  const unlit = document.createExtension(KHRMaterialsUnlit).createUnlit();
  const texture = document.createTexture().setImage(encodePng(colors, options)).setMimeType('image/png');
  const material = document
    .createMaterial()
    .setDoubleSided(true)
    .setMetallicFactor(0)
    .setBaseColorTexture(texture)
    .setExtension('KHR_materials_unlit', unlit);
  const primitive = document
    .createPrimitive()
    .setAttribute('POSITION', accessor('VEC3', positions).setNormalized(true))
    .setAttribute('TEXCOORD_0', accessor('VEC2', coordinates).setNormalized(true))
    .setIndices(accessor('SCALAR', vertices <= LARGEST ? Uint16Array.from(mesh.triangles) : mesh.triangles))
    .setMaterial(material);
  const node = document
    .createNode('depth')
    .setMesh(document.createMesh().addPrimitive(primitive))
    .setTranslation(minimum)
    .setScale(extent);
  document.getRoot().setDefaultScene(document.createScene().addChild(node));
  const io = new WebIO().registerExtensions([KHRMaterialsUnlit, KHRMeshQuantization]);
  return Uint8Array.from(await io.writeBinary(document));
}

type Vector = [number, number, number];

/** Positions in glTF's axes, from 0 to 65,535 over their extent. */
function quantize(points: Float32Array): { positions: Uint16Array<ArrayBuffer>; minimum: Vector; extent: Vector } {
  const turned = points.map((value, at) => (at % 3 === 0 ? value : -value));
  const minimum: Vector = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const maximum = minimum.map((value) => -value);
  for (const [at, value] of turned.entries()) {
    minimum[at % 3] = Math.min(minimum[at % 3]!, value);
    maximum[at % 3] = Math.max(maximum[at % 3]!, value);
  }
  // A flat axis keeps its scale, so that viewers can invert it.
  const extent = maximum.map((value, axis) => value - minimum[axis]! || 1) as Vector;
  const positions = Uint16Array.from(turned, (value, at) =>
    Math.round(((value - minimum[at % 3]!) / extent[at % 3]!) * LARGEST),
  );
  return { positions, minimum, extent };
}
