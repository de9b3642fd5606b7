import { type Intrinsics, intrinsicsFromFieldOfView } from '@llm-mde/depth-maps';

/** A place in a picture, in pixels from the top left. */
export interface Pixel {
  column: number;
  row: number;
}

export interface DepthMap {
  width: number;
  height: number;
  /** Metres, row by row. */
  depth: Float32Array;
}

/** Across the long side, in degrees: that of NYU's camera, on whose rooms models are trained; phones have about as much. */
export const DEFAULT_FIELD_OF_VIEW = 63;

/** The camera of a photo of which only the field of view across its long side is known. */
export function cameraOf(size: { width: number; height: number }, fieldOfView: number): Intrinsics {
  return intrinsicsFromFieldOfView(fieldOfView, size, size.width >= size.height ? 'width' : 'height');
}

/** Metres along the camera's axis. */
export function depthAt({ width, depth }: DepthMap, { column, row }: Pixel): number {
  return depth[row * width + column]!;
}

/** The straight line through space between what two pixels show, in metres. */
export function distanceBetween(map: DepthMap, from: Pixel, to: Pixel, camera: Intrinsics): number {
  const [a, b] = [from, to].map(({ column, row }) => {
    const z = depthAt(map, { column, row });
    return [((column - camera.cx) * z) / camera.fx, ((row - camera.cy) * z) / camera.fy, z] as const;
  }) as [readonly [number, number, number], readonly [number, number, number]];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** The least and greatest depth of some maps together. */
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
