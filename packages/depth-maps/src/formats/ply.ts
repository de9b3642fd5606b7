import { type BackProjectOptions, depthToPointCloud } from '../depth-to-point-cloud.js';
import { checkSize } from '../size.js';

export interface PlyOptions extends BackProjectOptions {
  /** The picture's colors, RGB interleaved, of the depth map's size. */
  colors: ArrayLike<number>;
}

/** Three float32 and three bytes. */
const VERTEX_BYTES = 15;

/**
 * A colored point cloud as PLY, binary, low byte first. Coordinates are the camera's, in metres: x to the right, y down,
 * z forward, as OpenCV and Open3D have them.
 *
 * @param depth metres along the camera's axis, `height * width` values; missing depth gives no points.
 * @throws RangeError if sizes, stride or intrinsics are invalid.
 */
export function encodePly(depth: ArrayLike<number>, options: PlyOptions): Uint8Array<ArrayBuffer> {
  const { colors } = options;
  checkSize('The picture', colors, options, 3);
  const { positions, pixels } = depthToPointCloud(depth, options);
  const header = new TextEncoder().encode(headerText(pixels.length));
  const bytes = new Uint8Array(header.length + VERTEX_BYTES * pixels.length);
  const view = new DataView(bytes.buffer);
  bytes.set(header);
  let at = header.length;
  for (const [point, pixel] of pixels.entries()) {
    for (let axis = 0; axis < 3; axis++) view.setFloat32(at + 4 * axis, positions[3 * point + axis]!, true);
    for (let channel = 0; channel < 3; channel++) bytes[at + 12 + channel] = colors[3 * pixel + channel]!;
    at += VERTEX_BYTES;
  }
  return bytes;
}

function headerText(vertices: number): string {
  return [
    'ply',
    'format binary_little_endian 1.0',
    'comment metres; x to the right, y down, z forward',
    `element vertex ${vertices}`,
    ...['x', 'y', 'z'].map((axis) => `property float ${axis}`),
    ...['red', 'green', 'blue'].map((channel) => `property uchar ${channel}`),
    'end_header\n',
  ].join('\n');
}
