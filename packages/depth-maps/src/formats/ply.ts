import { depthToPointCloud } from '../depth-to-point-cloud.js';
import { checkSize } from '../size.js';
import { depthToMesh, type SurfaceOptions } from '../surface.js';

export interface PlyOptions extends SurfaceOptions {
  /** The picture's colors, RGB interleaved, of the depth map's size. */
  colors: ArrayLike<number>;
  /** Join neighboring points by triangles. @default false */
  faces?: boolean;
}

/** Three float32 and three bytes. */
const VERTEX_BYTES = 15;
/** A byte that counts three corners, and three int32. */
const FACE_BYTES = 13;

/**
 * A colored point cloud or surface as PLY, binary, low byte first. Coordinates are the camera's, in metres: x to the right, y down,
 * z forward, as OpenCV and Open3D have them.
 *
 * @param depth metres along the camera's axis, `height * width` values; holes give no points.
 * @throws RangeError if sizes, stride, intrinsics or angle make no sense.
 */
export function encodePly(depth: ArrayLike<number>, options: PlyOptions): Uint8Array<ArrayBuffer> {
  const { colors, faces = false } = options;
  checkSize('The picture', colors, options, 3);
  const { positions, pixels, triangles } = faces
    ? depthToMesh(depth, options)
    : { ...depthToPointCloud(depth, options), triangles: [] };
  const header = new TextEncoder().encode(headerText(pixels.length, faces ? triangles.length / 3 : undefined));
  const bytes = new Uint8Array(header.length + VERTEX_BYTES * pixels.length + (FACE_BYTES * triangles.length) / 3);
  const view = new DataView(bytes.buffer);
  bytes.set(header);
  let at = header.length;
  for (const [point, pixel] of pixels.entries()) {
    for (let axis = 0; axis < 3; axis++) view.setFloat32(at + 4 * axis, positions[3 * point + axis]!, true);
    for (let channel = 0; channel < 3; channel++) bytes[at + 12 + channel] = colors[3 * pixel + channel]!;
    at += VERTEX_BYTES;
  }
  for (let corner = 0; corner < triangles.length; corner += 3) {
    bytes[at] = 3;
    for (let index = 0; index < 3; index++) view.setInt32(at + 1 + 4 * index, triangles[corner + index]!, true);
    at += FACE_BYTES;
  }
  return bytes;
}

function headerText(vertices: number, faces?: number): string {
  return [
    'ply',
    'format binary_little_endian 1.0',
    'comment metres; x to the right, y down, z forward',
    `element vertex ${vertices}`,
    ...['x', 'y', 'z'].map((axis) => `property float ${axis}`),
    ...['red', 'green', 'blue'].map((channel) => `property uchar ${channel}`),
    ...(faces === undefined ? [] : [`element face ${faces}`, 'property list uchar int vertex_indices']),
    'end_header\n',
  ].join('\n');
}
