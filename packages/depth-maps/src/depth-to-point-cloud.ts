import { checkIntrinsics, type Intrinsics, nyuIntrinsics } from './camera/intrinsics.js';
import { checkSize, isDepth, type Size } from './size.js';

export interface BackProjectOptions extends Size {
  /** The camera. @default NYU Depth v2's, at this size */
  intrinsics?: Intrinsics;
  /** Take every n-th pixel of every n-th row. @default 1 */
  stride?: number;
}

export interface Points {
  /** x to the right, y down, z forward, in metres from the camera: three values a point. */
  positions: Float32Array<ArrayBuffer>;
  /** The pixel that each point comes from, counted row by row. */
  pixels: Uint32Array<ArrayBuffer>;
}

/**
 * The points in space that a depth map shows: z is the depth, `x = (column − cx) · z / fx`, `y = (row − cy) · z / fy`. Missing depth gives none.
 *
 * @param depth metres along the camera's axis, `height * width` values; 0, negative values, NaN and infinities are missing depth.
 * @throws RangeError if size, stride or intrinsics are invalid.
 */
export function depthToPointCloud(
  depth: ArrayLike<number>,
  { width, height, intrinsics = nyuIntrinsics({ width, height }), stride = 1 }: BackProjectOptions,
): Points {
  checkSize('The depth map', depth, { width, height });
  checkIntrinsics(intrinsics);
  if (!Number.isInteger(stride) || stride < 1) {
    throw new RangeError(`The stride must be an integer from 1, got ${stride}.`);
  }
  const { fx, fy, cx, cy } = intrinsics;
  const most = Math.ceil(width / stride) * Math.ceil(height / stride);
  const positions = new Float32Array(3 * most);
  const pixels = new Uint32Array(most);
  let count = 0;
  for (let row = 0; row < height; row += stride) {
    for (let column = 0; column < width; column += stride) {
      const pixel = row * width + column;
      const z = depth[pixel]!;
      if (!isDepth(z)) continue;
      positions.set([((column - cx) * z) / fx, ((row - cy) * z) / fy, z], 3 * count);
      pixels[count++] = pixel;
    }
  }
  return { positions: positions.slice(0, 3 * count), pixels: pixels.slice(0, count) };
}
