import {
  checkFieldOfView,
  type Intrinsics,
  intrinsicsFromFieldOfView,
  nyuIntrinsics,
  type Size,
} from '@llm-mde/depth-maps';

/** What is known about the camera: its intrinsics, the field of view along the longer side in degrees, or nothing. */
export type CameraOptions = { intrinsics?: Intrinsics; fov?: number };

export function isStated({ intrinsics, fov }: CameraOptions): boolean {
  return intrinsics !== undefined || fov !== undefined;
}

/** Horizontal field of view of NYU's Kinect, in degrees. */
const NYU_FIELD_OF_VIEW = 63.3;

/** The camera of an image. If nothing is known: NYU's for images of its aspect ratio, else one with the same field of view. */
export function cameraFor(size: Size, { intrinsics, fov }: CameraOptions): Intrinsics {
  if (intrinsics) {
    checkFieldOfView(intrinsics, size);
    return intrinsics;
  }
  if (fov === undefined && size.width * 3 === size.height * 4) return nyuIntrinsics(size);
  return intrinsicsFromFieldOfView(fov ?? NYU_FIELD_OF_VIEW, size);
}
