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
export function nyuIntrinsics(size: Size): Intrinsics {
  return resizeIntrinsics(NYU, { width: 640, height: 480 }, size);
}

/** The camera of a picture that was resized, edges to edges. */
export function resizeIntrinsics({ fx, fy, cx, cy }: Intrinsics, from: Size, to: Size): Intrinsics {
  const scaleX = to.width / from.width;
  const scaleY = to.height / from.height;
  return { fx: fx * scaleX, fy: fy * scaleY, cx: (cx + 0.5) * scaleX - 0.5, cy: (cy + 0.5) * scaleY - 0.5 };
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

/** The angle across the longer side of a picture, in degrees, by the focal length in pixels: the inverse of {@link intrinsicsFromFieldOfView}. */
export function fieldOfViewOf(focalLength: number, { width, height }: Size): number {
  return (360 / Math.PI) * Math.atan(Math.max(width, height) / 2 / focalLength);
}

/**
 * A camera of which the focal length is known in pixels: square pixels, its axis through the middle of the picture.
 *
 * @throws RangeError if no camera has it; see {@link checkFieldOfView}.
 */
export function intrinsicsFromFocalLength(pixels: number, { width, height }: Size): Intrinsics {
  const intrinsics = { fx: pixels, fy: pixels, cx: (width - 1) / 2, cy: (height - 1) / 2 };
  checkFieldOfView(intrinsics, { width, height });
  return intrinsics;
}

/** What is known about a camera: its intrinsics, the field of view along the longer side of the picture in degrees, or nothing. */
export interface KnownCamera {
  intrinsics?: Intrinsics | undefined;
  fov?: number | undefined;
}

/** Horizontal field of view of NYU's Kinect, in degrees. */
const NYU_FIELD_OF_VIEW = 63.3;

/**
 * The camera of a picture. If nothing is known: NYU's for pictures of its aspect ratio, else one with the same field of view.
 *
 * @throws RangeError if no camera has it; see {@link checkFieldOfView}.
 */
export function cameraFor(size: Size, { intrinsics, fov }: KnownCamera = {}): Intrinsics {
  if (intrinsics) {
    checkFieldOfView(intrinsics, size);
    return intrinsics;
  }
  if (fov === undefined && size.width * 3 === size.height * 4) return nyuIntrinsics(size);
  return intrinsicsFromFieldOfView(fov ?? NYU_FIELD_OF_VIEW, size);
}

/** Millimetres: across the 36 by 24 of film. */
const DIAGONAL_OF_FILM = Math.hypot(36, 24);

/**
 * The focal length in pixels of a camera whose focal length is known as its equivalent on 35-mm film. Equivalent means the same angle across
 * the diagonal of the picture, as CIPA DCG-001 defines it, which Exif's FocalLengthIn35mmFilm follows.
 */
export function focalLengthFrom35mm(millimetres: number, { width, height }: Size): number {
  return (millimetres * Math.hypot(width, height)) / DIAGONAL_OF_FILM;
}

/** Degrees: beyond these a focal length is in another unit, or of another picture. A fisheye lens is no pinhole camera. */
const FIELDS_OF_VIEW = { narrowest: 2, widest: 140 };
/** Of the picture's width or height. */
const FARTHEST_FROM_MIDDLE = 0.4;

/**
 * Rejects intrinsics that no pinhole camera has: by the field of view that they mean, and by where its axis goes through the picture.
 *
 * @throws RangeError that says what they mean.
 */
export function checkFieldOfView(intrinsics: Intrinsics, { width, height }: Size): void {
  checkIntrinsics(intrinsics);
  const { fx, fy, cx, cy } = intrinsics;
  for (const [focalLength, size] of [
    [fx, width],
    [fy, height],
  ] as const) {
    const degrees = fieldOfViewOf(focalLength, { width: size, height: size });
    const means = `A focal length of ${Number(focalLength.toFixed(1))} pixels is a field of view of ${degrees.toFixed(degrees < 2 ? 2 : 0)}° across ${size} pixels`;
    if (degrees > FIELDS_OF_VIEW.widest) {
      throw new RangeError(
        `${means}: is it in millimetres? Multiply it by the picture's width and divide it by the sensor's.`,
      );
    }
    if (degrees < FIELDS_OF_VIEW.narrowest) {
      throw new RangeError(`${means}: it must be in pixels of this picture, which has ${width} by ${height}.`);
    }
  }
  const isFar = (at: number, size: number) => Math.abs(at - (size - 1) / 2) > FARTHEST_FROM_MIDDLE * size;
  if (isFar(cx, width) || isFar(cy, height)) {
    throw new RangeError(
      `The principal point (${cx}, ${cy}) is far from the middle of the picture, (${(width - 1) / 2}, ${(height - 1) / 2}): it must be in pixels of this picture.`,
    );
  }
}

/** @throws RangeError if no point can be computed with these intrinsics. */
export function checkIntrinsics({ fx, fy, cx, cy }: Intrinsics): void {
  if (!(fx > 0 && fy > 0 && [fx, fy, cx, cy].every(Number.isFinite))) {
    throw new RangeError(
      `Intrinsics must be finite numbers with fx and fy greater than 0, got fx ${fx}, fy ${fy}, cx ${cx}, cy ${cy}.`,
    );
  }
}
