import { type Intrinsics, nyuIntrinsics, type Size } from '@llm-mde/depth-maps';

/** The Kinect's color camera, for a frame that shows all of its image; undefined for a frame of another shape, which was cropped. */
export function nyuCamera(size: Size): Intrinsics | undefined {
  return size.width * 3 === size.height * 4 ? nyuIntrinsics(size) : undefined;
}
