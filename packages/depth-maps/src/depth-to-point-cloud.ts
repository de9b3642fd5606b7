import { checkIntrinsics, type Intrinsics, nyuIntrinsics } from './camera/intrinsics.js';
import { checkSize, isDepth, type Size } from './size.js';

export interface BackProjectOptions extends Size {
  /** The camera. @default NYU Depth v2's, at this size */
  intrinsics?: Intrinsics;
  /** Take every n-th pixel of every n-th row. @default 1 */
  stride?: number;
  /** Take so few that there are at most this many points: the stride grows until it is so (see {@link strideOf}). @default any number */
  maximumPoints?: number;
}

export interface Points {
  /** x to the right, y down, z forward, in metres from the camera: three values a point. */
  positions: Float32Array<ArrayBuffer>;
  /** The pixel that each point comes from, counted row by row. */
  pixels: Uint32Array<ArrayBuffer>;
  /** Every how many-th pixel was taken, across and down. */
  stride: number;
}

/**
 * The points in space that a depth map shows: z is the depth, `x = (column − cx) · z / fx`, `y = (row − cy) · z / fy`. Missing depth gives none.
 *
 * @param depth metres along the camera's axis, `height * width` values; 0, negative values, NaN and infinities are missing depth.
 * @throws RangeError if size, stride or intrinsics are invalid.
 */
export function depthToPointCloud(depth: ArrayLike<number>, options: BackProjectOptions): Points {
  const { width, height, intrinsics = nyuIntrinsics(options) } = options;
  checkSize('The depth map', depth, options);
  checkIntrinsics(intrinsics);
  const stride = strideOf(options);
  const { fx, fy, cx, cy } = intrinsics;
  const most = gridSize(options, stride);
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
  return { positions: positions.slice(0, 3 * count), pixels: pixels.slice(0, count), stride };
}

/**
 * Every how many-th pixel these options take: the smallest number from `stride` on that leaves at most `maximumPoints`. To say how much a
 * file is thinned.
 *
 * @throws RangeError if stride or maximum are not integers from 1.
 */
export function strideOf({ width, height, stride = 1, maximumPoints }: BackProjectOptions): number {
  const numbers = { stride, ...(maximumPoints !== undefined && { 'largest number of points': maximumPoints }) };
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`The ${name} must be an integer from 1, got ${value}.`);
  }
  let thinned = stride;
  while (maximumPoints !== undefined && gridSize({ width, height }, thinned) > maximumPoints) thinned++;
  return thinned;
}

/** Pixels that are looked at. */
export function gridSize({ width, height }: Size, stride: number): number {
  return Math.ceil(width / stride) * Math.ceil(height / stride);
}
