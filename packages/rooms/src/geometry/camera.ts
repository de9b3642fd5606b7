import { cosine, sine } from '../numeric.js';

/** Pinhole constants in pixels. The center of the pixel in column c and row r, both counted from 0, is at x = c, y = r. */
export interface Intrinsics {
  fx: number;
  fy: number;
  cx: number;
  cy: number;
}

/** Brown's lens distortion, as Bouguet's calibration toolbox and OpenCV write it. */
export interface Distortion {
  k1: number;
  k2: number;
  k3: number;
  p1: number;
  p2: number;
}

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

/** NYU Depth v2's color camera at 640 × 480, from its toolbox (which counts pixels from 1; these count from 0). */
export const NYU_COLOR_CAMERA: Intrinsics & { distortion: Distortion } = {
  fx: 518.85790117450188,
  fy: 519.46961112127485,
  cx: 325.58244941119034 - 1,
  cy: 253.73616633400465 - 1,
  distortion: {
    k1: 0.20796615318809061,
    k2: -0.58613825163911781,
    k3: 0.49856986684705107,
    p1: 7.2231363135888329e-4,
    p2: 1.0479627195765181e-3,
  },
};

/** NYU Depth v2's depth camera at 640 × 480, likewise. */
export const NYU_DEPTH_CAMERA: Intrinsics & { distortion: Distortion } = {
  fx: 582.62448167737955,
  fy: 582.69103270988637,
  cx: 313.04475870804731 - 1,
  cy: 238.44389626620386 - 1,
  distortion: {
    k1: -0.099897236553084481,
    k2: 0.39065324602765344,
    k3: -0.51031725053400578,
    p1: 1.9290592870229277e-3,
    p2: -1.9422022475975055e-3,
  },
};

/**
 * The color camera's constants for a frame of another size, as if the 640 × 480 frame had been resized to it (another shape than 4 : 3
 * is squashed or stretched, not cropped).
 */
export function nyuIntrinsics(width: number, height: number): Intrinsics {
  const { fx, fy, cx, cy } = NYU_COLOR_CAMERA;
  const scaleX = width / 640;
  const scaleY = height / 480;
  return { fx: fx * scaleX, fy: fy * scaleY, cx: (cx + 0.5) * scaleX - 0.5, cy: (cy + 0.5) * scaleY - 0.5 };
}

/** The rays of a camera without distortion, or of every pixel of a distorted photograph. */
export function rayGrid(
  width: number,
  height: number,
  { fx, fy, cx, cy }: Intrinsics,
  distortion?: Distortion,
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
function undistort(distortedX: number, distortedY: number, { k1, k2, k3, p1, p2 }: Distortion): [number, number] {
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
