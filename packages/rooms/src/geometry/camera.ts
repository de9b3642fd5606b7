import type { Camera, Intrinsics } from '@llm-mde/depth-maps';
import { cosine, sine } from '../numeric.js';

export type { Intrinsics };

/** Where a camera stands and looks, in the world (metres, y up). The three directions are of length 1 and at right angles. */
export interface Pose {
  position: readonly [number, number, number];
  right: readonly [number, number, number];
  down: readonly [number, number, number];
  forward: readonly [number, number, number];
}

/**
 * One ray per pixel, as its slopes: the ray goes through `position + t * (right * x + down * y + forward)`, so t is the z-depth.
 */
export interface RayGrid {
  width: number;
  height: number;
  x: Float64Array;
  y: Float64Array;
}

/** The rays of a camera without distortion, or of every pixel of a distorted photograph. */
export function rayGrid(
  width: number,
  height: number,
  { fx, fy, cx, cy }: Intrinsics,
  distortion?: Camera['distortion'],
): RayGrid {
  const x = new Float64Array(width * height);
  const y = new Float64Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      const distortedX = (column - cx) / fx;
      const distortedY = (row - cy) / fy;
      const [slopeX, slopeY] = distortion ? undistort(distortedX, distortedY, distortion) : [distortedX, distortedY];
      x[at] = slopeX;
      y[at] = slopeY;
    }
  }
  return { width, height, x, y };
}

/** The ideal slopes of a ray, from those at which the lens shows it; by fixed-point iteration, to about 1e-9. */
function undistort(
  distortedX: number,
  distortedY: number,
  [k1, k2, p1, p2, k3]: Camera['distortion'],
): [number, number] {
  let x = distortedX;
  let y = distortedY;
  for (let step = 0; step < 25; step++) {
    const r2 = x * x + y * y;
    const radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3));
    const shiftX = 2 * p1 * x * y + p2 * (r2 + 2 * x * x);
    const shiftY = p1 * (r2 + 2 * y * y) + 2 * p2 * x * y;
    x = (distortedX - shiftX) / radial;
    y = (distortedY - shiftY) / radial;
  }
  return [x, y];
}

/**
 * @param yaw radians to the right of looking along +z.
 * @param pitch radians upwards.
 * @param roll radians clockwise.
 */
export function poseFrom(position: readonly [number, number, number], yaw: number, pitch: number, roll = 0): Pose {
  const [sy, cy, sp, cp, sr, cr] = [sine(yaw), cosine(yaw), sine(pitch), cosine(pitch), sine(roll), cosine(roll)];
  const forward = [sy * cp, sp, cy * cp] as const;
  // Looking along +z with y up, what is on the right-hand side lies towards −x in a right-handed world; this world is left-handed: +x.
  const levelRight = [cy, 0, -sy] as const;
  const levelDown = [sy * sp, -cp, cy * sp] as const;
  const turn = (a: readonly number[], b: readonly number[], share: number, other: number) =>
    [0, 1, 2].map((axis) => a[axis]! * share + b[axis]! * other) as unknown as [number, number, number];
  return {
    position,
    right: turn(levelRight, levelDown, cr, sr),
    down: turn(levelDown, levelRight, cr, -sr),
    forward,
  };
}
