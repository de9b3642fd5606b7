import { nyuIntrinsics } from './camera/intrinsics.js';
import { type BackProjectOptions, depthToPointCloud, gridSize, type Points, strideOf } from './depth-to-point-cloud.js';

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
 * @throws RangeError if size, stride, intrinsics or angle are invalid, or there would be more than 16,777,216 points.
 */
export function depthToMesh(depth: ArrayLike<number>, { minimumAngle = 5, ...options }: SurfaceOptions): Surface {
  if (!(minimumAngle >= 0 && minimumAngle < 90)) {
    throw new RangeError(`The minimum angle must be from 0 to less than 90 degrees, got ${minimumAngle}.`);
  }
  if (gridSize(options, strideOf(options)) > LARGEST_MESH) {
    const stride = strideOf({ ...options, maximumPoints: LARGEST_MESH });
    throw new RangeError(
      `A mesh of ${options.width} by ${options.height} pixels has more points than viewers open, ${LARGEST_MESH}: use a stride of at least ${stride}.`,
    );
  }
  const points = depthToPointCloud(depth, options);
  const { stride } = points;
  const { width, height, intrinsics = nyuIntrinsics(options) } = options;
  // Between rays that are dθ apart, a surface seen at the angle α changes by dθ / tan(α) of its depth.
  const step = stride / Math.min(intrinsics.fx, intrinsics.fy);
  const largestRatio =
    minimumAngle === 0 ? Number.POSITIVE_INFINITY : 1 + step / Math.tan((minimumAngle * Math.PI) / 180);
  const pointOf = new Int32Array(width * height).fill(-1);
  for (const [point, pixel] of points.pixels.entries()) pointOf[pixel] = point;

  const triangles = new Uint32Array(6 * gridSize(options, stride));
  let count = 0;
  const join = (a: number, b: number, c: number) => {
    if (pointOf[a]! < 0 || pointOf[b]! < 0 || pointOf[c]! < 0) return;
    const [x, y, z] = [depth[a]!, depth[b]!, depth[c]!];
    if (Math.max(x, y, z) > largestRatio * Math.min(x, y, z)) return;
    triangles[count++] = pointOf[a]!;
    triangles[count++] = pointOf[b]!;
    triangles[count++] = pointOf[c]!;
  };
  for (let row = 0; row + stride < height; row += stride) {
    for (let column = 0; column + stride < width; column += stride) {
      const topLeft = row * width + column;
      const bottomLeft = topLeft + stride * width;
      join(topLeft, bottomLeft, topLeft + stride);
      join(topLeft + stride, bottomLeft, bottomLeft + stride);
    }
  }
  return { ...points, triangles: triangles.slice(0, count) };
}

/** Points that one can still look at. */
const LARGEST_MESH = 2 ** 24;
