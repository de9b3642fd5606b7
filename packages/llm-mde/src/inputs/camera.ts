import type { DescribedImage } from '@llm-mde/prompts';
import { ConfigurationError } from '../configuration/configuration-error.js';

/** An image and what is known of its camera and its scene. */
export interface CameraImage extends DescribedImage {
  /**
   * Focal length in pixels of this image. Models whose configuration has a `camera` give metres by it; others do not use it.
   * @default assumed: a field of view of 60° along the longer side
   */
  focalLength?: number;
}

/** The camera that a prediction's metres rest on. */
export interface UsedCamera {
  /** In pixels of the image. */
  focalLength: number;
  /** True if the image did not state it. */
  assumed: boolean;
}

/** @throws {ConfigurationError} if the stated focal length is not a positive number. */
export function cameraOf({ width, height, focalLength }: Omit<CameraImage, 'data' | 'channels'>): UsedCamera {
  if (focalLength === undefined) {
    return { focalLength: Math.max(width, height) / 2 / Math.tan(Math.PI / 6), assumed: true };
  }
  if (!(focalLength > 0 && Number.isFinite(focalLength))) {
    throw new ConfigurationError(
      `A focal length of ${focalLength} was given for an image of ${width}×${height}: expected a positive number of pixels.`,
    );
  }
  return { focalLength, assumed: false };
}

/**
 * Metres per metre of the canonical camera: what is twice as large in the network's input, because the focal length is twice as long, would seem half
 * as far. The label transform of Metric3D (arXiv 2307.10984), for images that are resized by different factors along both sides: their
 * geometric mean is taken.
 *
 * @param size Height and width of the network's input.
 */
export function depthScale(
  image: CameraImage,
  camera: { focalLength: number },
  [height, width]: readonly [number, number],
): number {
  const resized = cameraOf(image).focalLength * Math.sqrt((width / image.width) * (height / image.height));
  return resized / camera.focalLength;
}
