import { depthAround, type Intrinsics } from '@llm-mde/depth-maps';
import { alignScaleShiftDisparity } from '@llm-mde/metrics';

/** A pixel of a picture, counted from the top left. */
export interface Pixel {
  column: number;
  row: number;
}

export interface DepthMap {
  width: number;
  height: number;
  /** Metres, in row-major order. */
  depth: Float32Array;
}

/** Across the longer side, in degrees: what models that know the camera assume where nothing is stated. */
export const DEFAULT_FIELD_OF_VIEW = 60;

/** By how much the focal length grows from one field of view to another. */
export function focalRatio(from: number, to: number): number {
  return Math.tan((from * Math.PI) / 360) / Math.tan((to * Math.PI) / 360);
}

/** The depths for a camera with another field of view: they grow with its focal length. */
export function withFieldOfView<Map extends DepthMap & { fieldOfView: number | null }>(map: Map, degrees: number): Map {
  if (map.fieldOfView === null || map.fieldOfView === degrees) return map;
  return { ...scaled(map, focalRatio(map.fieldOfView, degrees)), fieldOfView: degrees };
}

/** All depths times a factor. */
export function scaled<Map extends DepthMap>(map: Map, factor: number): Map {
  return factor === 1 ? map : { ...map, depth: map.depth.map((metres) => metres * factor) };
}

/** Relative inverse depth as metres: with the scale and shift that bring it nearest to another estimate of the same photo. */
export function alignedWith<Map extends DepthMap>(inverse: Map, metres: DepthMap): Map {
  const farthest = 2 * depthRange([metres])[1];
  const { depth } = alignScaleShiftDisparity(inverse.depth, metres.depth, undefined, farthest);
  return { ...inverse, depth: Float32Array.from(depth) };
}

/** Z-depth: metres along the camera's axis. */
export function depthAt({ width, depth }: DepthMap, { column, row }: Pixel): number {
  return depth[row * width + column]!;
}

type Point = readonly [x: number, y: number, z: number];

/** Metres: from the camera to one point, or between two. */
export function distanceOf(pixels: readonly (Pixel & { depth: number })[], camera: Intrinsics): number {
  const [a, b = [0, 0, 0]] = pixels.map((pixel) => pointOf(pixel, camera));
  return Math.hypot(a![0] - b[0]!, a![1] - b[1]!, a![2] - b[2]!);
}

/** Euclidean distance between the points of two pixels, in metres; from the camera to the first if there is one. */
export function distanceBetween(map: DepthMap, pixels: readonly Pixel[], camera: Intrinsics): number {
  return distanceOf(withDepth(map, pixels), camera);
}

/**
 * How far off a distance is if depth has a relative error: if it is the same everywhere, the distance has it too; if it is another at each of two
 * points, one before the other may be off by more. The larger of both.
 */
export function distanceError(
  map: DepthMap,
  pixels: readonly Pixel[],
  camera: Intrinsics,
  relativeError: number,
): number {
  const distance = distanceBetween(map, pixels, camera);
  const [a, b] = withDepth(map, pixels).map((pixel) => pointOf(pixel, camera));
  if (!b || distance === 0) return relativeError * distance;
  const along = (point: Point) =>
    point.reduce((sum, value, axis) => sum + (value * (a![axis]! - b[axis]!)) / distance, 0);
  return relativeError * Math.max(distance, Math.hypot(along(a!), along(b)));
}

function withDepth(map: DepthMap, pixels: readonly Pixel[]) {
  return pixels.map((pixel) => ({ ...pixel, depth: depthAround(map, [pixel.column, pixel.row]) }));
}

function pointOf({ column, row, depth }: Pixel & { depth: number }, { fx, fy, cx, cy }: Intrinsics): Point {
  return [((column - cx) * depth) / fx, ((row - cy) * depth) / fy, depth];
}

/** The smallest and largest depth of all maps. */
export function depthRange(maps: readonly DepthMap[]): [least: number, greatest: number] {
  let least = Number.POSITIVE_INFINITY;
  let greatest = 0;
  for (const { depth } of maps) {
    for (const metres of depth) {
      if (metres < least) least = metres;
      if (metres > greatest) greatest = metres;
    }
  }
  return [least, greatest];
}
