import { cameraFor, type KnownCamera } from '@llm-mde/depth-maps';
import { type CameraImage, readImage } from 'llm-mde';
import { cameraImage } from '../data/training-examples.js';
import { plural } from '../output/sentences.js';

/** What is known about the camera: its intrinsics, the field of view along the longer side in degrees, or nothing. */
export type CameraOptions = KnownCamera;

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

/**
 * A photo with the focal length that is stated, or else that its EXIF data state.
 *
 * @param content the photo's file: its path, its address or its bytes.
 * @param onNote told what is wrong with the EXIF data, which are not used then.
 */
export async function readPhoto(
  content: string | Uint8Array,
  options: CameraOptions,
  onNote?: (note: string) => void,
): Promise<CameraImage> {
  const name = typeof content === 'string' ? content : 'Standard input';
  const stated = isStated(options);
  const image = await readImage(content, { onProblem: (problem) => stated || onNote?.(`${name}: ${problem}`) });
  return stated ? cameraImage({ image, intrinsics: cameraFor(image, options) }) : image;
}
