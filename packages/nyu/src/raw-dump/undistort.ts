import type { Camera } from '@llm-mde/depth-maps';
import { NO_MEASUREMENT } from '@llm-mde/rgbd/formats';

/**
 * For every pixel of the image without lens distortion, where it lies in the image that was taken: the pixel to the upper left, and how far
 * beyond it. Brown's model with three radial and two tangential coefficients; pixels counted from 0, as calibration toolboxes do.
 */
export interface UndistortionMap {
  /** `[height * width]`: index of the upper left of the four pixels around the place; -1 where it lies outside. */
  upperLeft: Int32Array;
  /** `[height * width]`: 0 to 1, to the right of that pixel. */
  right: Float64Array;
  /** `[height * width]`: 0 to 1, below that pixel. */
  below: Float64Array;
  width: number;
}

export function undistortionMap(
  { focalLength: [fx, fy], center: [cx, cy], distortion: [k1, k2, p1, p2, k3] }: Camera,
  width: number,
  height: number,
): UndistortionMap {
  const upperLeft = new Int32Array(width * height).fill(-1);
  const right = new Float64Array(width * height);
  const below = new Float64Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y] = [(column - cx) / fx, (row - cy) / fy];
      const r2 = x * x + y * y;
      const radial = 1 + k1 * r2 + k2 * r2 * r2 + k3 * r2 * r2 * r2;
      const sourceX = (x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)) * fx + cx;
      const sourceY = (y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y) * fy + cy;
      const [left, top] = [Math.floor(sourceX), Math.floor(sourceY)];
      if (left < 0 || left > width - 2 || top < 0 || top > height - 2) continue;
      const index = row * width + column;
      upperLeft[index] = top * width + left;
      right[index] = sourceX - left;
      below[index] = sourceY - top;
    }
  }
  return { upperLeft, right, below, width };
}

/** Undistorts interleaved 8-bit color, bilinearly; what lies outside the image that was taken becomes white, as in the published frames. */
export function undistortColor(data: Uint8Array, { upperLeft, right, below, width }: UndistortionMap): Uint8Array {
  const result = new Uint8Array(data.length).fill(255);
  for (let index = 0; index < upperLeft.length; index++) {
    const from = upperLeft[index]!;
    if (from < 0) continue;
    const [a, b] = [right[index]!, below[index]!];
    for (let channel = 0; channel < 3; channel++) {
      const at = from * 3 + channel;
      const upper = data[at]! * (1 - a) + data[at + 3]! * a;
      const lower = data[at + 3 * width]! * (1 - a) + data[at + 3 * width + 3]! * a;
      result[index * 3 + channel] = Math.floor(upper * (1 - b) + lower * b + 0.5);
    }
  }
  return result;
}

/**
 * Undistorts the sensor's depth values, bilinearly, by the rule of the data set's toolbox. The mask of noise is undistorted first: noise is
 * where a pixel of the four has noise, and outside. There the result is {@link NO_MEASUREMENT}. Elsewhere, of the four pixels those count
 * that this mask does not have at their places, by their weights; where none counts the result is {@link NO_MEASUREMENT} too.
 *
 * @param noise the value that marks a pixel without measurement.
 * @param nearest the smallest value that can be a measurement; a smaller result is none.
 */
export function undistortDepth(
  data: Uint16Array,
  { upperLeft, right, below, width }: UndistortionMap,
  { noise, nearest }: { noise: number; nearest: number },
): Float64Array {
  const isNoise = new Uint8Array(data.length).fill(1);
  for (let index = 0; index < upperLeft.length; index++) {
    const at = upperLeft[index]!;
    if (at < 0) continue;
    const [a, b] = [right[index]! > 0, below[index]! > 0];
    // A pixel of weight zero does not take part, so it can't spoil the value either.
    const isClean =
      data[at] !== noise &&
      !(a && data[at + 1] === noise) &&
      !(b && data[at + width] === noise) &&
      !(a && b && data[at + width + 1] === noise);
    if (isClean) isNoise[index] = 0;
  }
  const result = new Float64Array(data.length).fill(NO_MEASUREMENT);
  for (let index = 0; index < upperLeft.length; index++) {
    if (isNoise[index]) continue;
    const at = upperLeft[index]!;
    const [a, b] = [right[index]!, below[index]!];
    const upperL = (1 - b) * (1 - a) * (1 - isNoise[at]!);
    const upperR = (1 - b) * a * (1 - isNoise[at + 1]!);
    const lowerL = b * (1 - a) * (1 - isNoise[at + width]!);
    const lowerR = b * a * (1 - isNoise[at + width + 1]!);
    const sum =
      upperL * data[at]! + upperR * data[at + 1]! + lowerL * data[at + width]! + lowerR * data[at + width + 1]!;
    const value = sum / (upperL + upperR + lowerL + lowerR);
    // Written so that the NaN of no weight at all does not count.
    if (value >= nearest) result[index] = value;
  }
  return result;
}
