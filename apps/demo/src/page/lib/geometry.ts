import type { Intrinsics } from '@llm-mde/depth-maps';
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

/** The depths for a camera with another field of view: they grow with its focal length. */
export function withFieldOfView<Map extends DepthMap & { fieldOfView: number | null }>(map: Map, degrees: number): Map {
  if (map.fieldOfView === null || map.fieldOfView === degrees) return map;
  const factor = Math.tan((map.fieldOfView * Math.PI) / 360) / Math.tan((degrees * Math.PI) / 360);
  return { ...map, fieldOfView: degrees, depth: map.depth.map((metres) => metres * factor) };
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

/** Euclidean distance between the points of two pixels, in metres. */
export function distanceBetween(map: DepthMap, from: Pixel, to: Pixel, camera: Intrinsics): number {
  const [a, b] = [from, to].map(({ column, row }) => {
    const z = depthAt(map, { column, row });
    return [((column - camera.cx) * z) / camera.fx, ((row - camera.cy) * z) / camera.fy, z] as const;
  }) as [readonly [number, number, number], readonly [number, number, number]];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
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

export function metresText(metres: number): string {
  return `${metres.toFixed(2)} m`;
}
