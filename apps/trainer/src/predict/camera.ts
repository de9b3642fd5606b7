import {
  checkFieldOfView,
  type Intrinsics,
  intrinsicsFromFieldOfView,
  intrinsicsFromFocalLength,
  nyuIntrinsics,
  type Size,
} from '@llm-mde/depth-maps';
import { readExifFocalLength } from '@llm-mde/rgbd/formats';
import { plural } from '../output/sentences.js';

/** What is known about the camera: its intrinsics, the field of view along the longer side in degrees, or nothing. */
export type CameraOptions = { intrinsics?: Intrinsics; fov?: number };

export function isStated({ intrinsics, fov }: CameraOptions): boolean {
  return intrinsics !== undefined || fov !== undefined;
}

/** A sentence on the camera that the metres of some images rest on. */
export function cameraSentence(knowsCamera: boolean, assumed: number): string {
  if (!knowsCamera)
    return 'The model does not know the camera: its metres are for cameras like those it was trained with.';
  if (assumed === 0) return 'Metres follow from the stated focal lengths.';
  return `A field of view of 60° was assumed for ${plural(assumed, 'image')} without a stated focal length: say it with --fov or --intrinsics.`;
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

/**
 * The camera that is stated, or else that a photo's EXIF data state.
 *
 * @param content the photo's file, or its path.
 * @param onProblem told what is wrong with the EXIF data, which are not used then.
 * @returns undefined if neither states one.
 */
export async function knownCamera(
  content: string | Uint8Array,
  size: Size,
  options: CameraOptions,
  onProblem?: (problem: string) => void,
): Promise<Intrinsics | undefined> {
  if (isStated(options)) return cameraFor(size, options);
  const { focalLength, problem } = await readExifFocalLength(content);
  if (problem !== undefined) onProblem?.(`${typeof content === 'string' ? content : 'Standard input'}: ${problem}`);
  return focalLength === undefined ? undefined : intrinsicsFromFocalLength(focalLength, size);
}
