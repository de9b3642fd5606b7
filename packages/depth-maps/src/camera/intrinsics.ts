import type { Size } from '../size.js';
import { type Camera, KINECT } from './kinect.js';

/** Pinhole constants in pixels. The center of the pixel in column c and row r, both counted from 0, is at x = c, y = r. */
export interface Intrinsics {
  fx: number;
  fy: number;
  cx: number;
  cy: number;
}

/** Its toolbox counts pixels from 1; intrinsics count from 0. */
const NYU = pinholeOf(KINECT.color);

/** Intrinsics of a camera of the Kinect at 640 × 480, its lens distortion left aside. */
export function pinholeOf({ focalLength: [fx, fy], center: [cx, cy] }: Camera): Intrinsics {
  return { fx, fy, cx: cx - 1, cy: cy - 1 };
}

/** NYU Depth v2's color camera, for a frame that was resized from 640 × 480 to another size. */
export function nyuIntrinsics({ width, height }: Size): Intrinsics {
  const scaleX = width / 640;
  const scaleY = height / 480;
  return {
    fx: NYU.fx * scaleX,
    fy: NYU.fy * scaleY,
    cx: (NYU.cx + 0.5) * scaleX - 0.5,
    cy: (NYU.cy + 0.5) * scaleY - 0.5,
  };
}

/**
 * A camera of which only the field of view is known: square pixels, its axis through the middle of the picture.
 *
 * @param degrees angle across the longer side of the picture. A phone's main camera has about 65.
 * @throws RangeError if the angle is not between 0 and 180.
 */
export function intrinsicsFromFieldOfView(degrees: number, { width, height }: Size): Intrinsics {
  if (!(degrees > 0 && degrees < 180)) {
    throw new RangeError(`A field of view must be between 0 and 180 degrees, got ${degrees}.`);
  }
  const focalLength = Math.max(width, height) / 2 / Math.tan((degrees * Math.PI) / 360);
  return { fx: focalLength, fy: focalLength, cx: (width - 1) / 2, cy: (height - 1) / 2 };
}

/** @throws RangeError if no point can be computed with these intrinsics. */
export function checkIntrinsics({ fx, fy, cx, cy }: Intrinsics): void {
  if (!(fx > 0 && fy > 0 && [fx, fy, cx, cy].every(Number.isFinite))) {
    throw new RangeError(
      `Intrinsics must be finite numbers with fx and fy greater than 0, got fx ${fx}, fy ${fy}, cx ${cx}, cy ${cy}.`,
    );
  }
}
