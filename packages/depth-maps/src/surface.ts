import { nyuIntrinsics } from './camera/intrinsics.js';
import { type BackProjectOptions, depthToPointCloud, type Points } from './depth-to-point-cloud.js';

export interface SurfaceOptions extends BackProjectOptions {
  /**
   * A triangle across a jump in depth belongs to no surface: one that the camera would see at less than this angle is left out, in
   * degrees. @default 5
   */
  minimumAngle?: number;
}

export interface Surface extends Points {
  /** Three numbers of points for each triangle, counter-clockwise as the camera sees it. */
  triangles: Uint32Array<ArrayBuffer>;
}

/**
 * The surface that a depth map shows: neighboring pixels joined by triangles, except across missing depth and jumps in depth.
 *
 * @param depth metres along the camera's axis, `height * width` values.
 * @throws RangeError if size, stride, intrinsics or angle are invalid.
 */
export function depthToMesh(depth: ArrayLike<number>, { minimumAngle = 5, ...options }: SurfaceOptions): Surface {
  if (!(minimumAngle >= 0 && minimumAngle < 90)) {
    throw new RangeError(`The minimum angle must be from 0 to less than 90 degrees, got ${minimumAngle}.`);
  }
  const points = depthToPointCloud(depth, options);
  const { width, height, stride = 1, intrinsics = nyuIntrinsics(options) } = options;
  // Between rays that are dθ apart, a surface seen at the angle α changes by dθ / tan(α) of its depth.
  const step = stride / Math.min(intrinsics.fx, intrinsics.fy);
  const largestRatio =
    minimumAngle === 0 ? Number.POSITIVE_INFINITY : 1 + step / Math.tan((minimumAngle * Math.PI) / 180);
  const pointOf = new Int32Array(width * height).fill(-1);
  for (const [point, pixel] of points.pixels.entries()) pointOf[pixel] = point;

  const triangles: number[] = [];
  const join = (...pixels: [number, number, number]) => {
    const corners = pixels.map((pixel) => pointOf[pixel]!);
    if (corners.includes(-1)) return;
    const depths = pixels.map((pixel) => depth[pixel]!);
    if (Math.max(...depths) <= largestRatio * Math.min(...depths)) triangles.push(...corners);
  };
  for (let row = 0; row + stride < height; row += stride) {
    for (let column = 0; column + stride < width; column += stride) {
      const topLeft = row * width + column;
      const bottomLeft = topLeft + stride * width;
      join(topLeft, bottomLeft, topLeft + stride);
      join(topLeft + stride, bottomLeft, bottomLeft + stride);
    }
  }
  return { ...points, triangles: Uint32Array.from(triangles) };
}
