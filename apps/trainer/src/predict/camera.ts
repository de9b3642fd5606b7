import { type Intrinsics, intrinsicsFromFieldOfView, nyuIntrinsics, type Size } from '@llm-mde/depth-maps';
import { InvalidArgumentError } from 'commander';

/** What is known of the camera: all constants, the angle across the longer side, or nothing. */
export type CameraOptions = { intrinsics?: Intrinsics; fieldOfView?: number };

/** NYU's Kinect sees this many degrees across. */
const NYU_FIELD_OF_VIEW = 63.3;

/** The camera for an image of some size. Nothing known: NYU's, if the image has its shape, else one with as wide a view. */
export function cameraFor(size: Size, { intrinsics, fieldOfView }: CameraOptions): Intrinsics {
  if (intrinsics) return intrinsics;
  if (fieldOfView === undefined && size.width * 3 === size.height * 4) return nyuIntrinsics(size);
  return intrinsicsFromFieldOfView(fieldOfView ?? NYU_FIELD_OF_VIEW, size);
}

export function parseIntrinsics(text: string): Intrinsics {
  const values = text.split(',').map(Number);
  const [fx, fy, cx, cy] = values;
  if (values.length !== 4 || !values.every(Number.isFinite) || !(fx! > 0 && fy! > 0)) {
    throw new InvalidArgumentError('It should be fx,fy,cx,cy in pixels, such as 518.9,519.5,324.6,252.7.');
  }
  return { fx: fx!, fy: fy!, cx: cx!, cy: cy! };
}

export function parseFieldOfView(text: string): number {
  const degrees = Number(text);
  if (!(degrees > 0 && degrees < 180))
    throw new InvalidArgumentError('It should be an angle between 0 and 180 degrees.');
  return degrees;
}
