import { type Intrinsics, intrinsicsFromFocalLength } from '@llm-mde/depth-maps';
import { DatasetError } from '../errors.js';
import type { DepthMap, Frame, FrameInfo, RgbImage } from '../types.js';

export interface AssembleOptions {
  /** The file that the depth came from, for errors. */
  file: string;
  /**
   * NaN, infinite and negative depths: `error` rejects the frame, for formats that never contain them; `mask` counts them as missing
   * depth, as renderers and laser scanners write it.
   * @default 'error'
   */
  invalidDepth?: 'error' | 'mask';
  /** Whether depth may have another size than the image, in the same shape. @default false */
  mayBeResized?: boolean;
  /** The camera, in pixels of the image. @default the one of the focal length that the list states, if a camera can have it */
  intrinsics?: Intrinsics;
}

/**
 * Combines an image and its depth, and derives the mask of valid pixels.
 *
 * @param depth metres, 0 where depth is missing. The frame keeps this array; what is not a depth is set to 0 in it.
 * @throws DatasetError if image and depth differ in size, or a depth is invalid.
 */
export function assembleFrame(
  info: FrameInfo,
  image: RgbImage,
  depth: DepthMap,
  { file, invalidDepth = 'error', mayBeResized = false, intrinsics = cameraOf(info, image) }: AssembleOptions,
): Frame {
  const hasOtherSize = image.width !== depth.width || image.height !== depth.height;
  if (hasOtherSize && !(mayBeResized && isSameShape(image, depth))) {
    const advice = mayBeResized
      ? 'They must have the same shape and show the same: align depth to color when you record or export.'
      : 'They must have the same size.';
    throw new DatasetError(
      `The depth map has ${depth.width} by ${depth.height} pixels, but the image has ${image.width} by ${image.height}. ${advice}`,
      { file, frame: info.id },
    );
  }
  const values = depth.data;
  const valid = new Uint8Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value > 0 && value < Number.POSITIVE_INFINITY) {
      valid[index] = 1;
    } else {
      if (value !== 0 && invalidDepth === 'error') {
        throw new DatasetError(
          `The depth at row ${Math.floor(index / depth.width)}, column ${index % depth.width} is ${value}. Depths must be in metres, 0 where depth is missing.`,
          { file, frame: info.id },
        );
      }
      values[index] = 0; // also in place of minus zero
    }
  }
  const size = hasOtherSize ? { depthWidth: depth.width, depthHeight: depth.height } : {};
  return { ...info, image, ...(intrinsics && { intrinsics }), depth: values, valid, ...size };
}

/** Cameras cut a few rows, or round a size. */
function isSameShape(image: RgbImage, depth: DepthMap): boolean {
  return Math.abs((depth.width * image.height) / (depth.height * image.width) - 1) < 0.01;
}

function cameraOf({ focalLength }: FrameInfo, image: RgbImage): Intrinsics | undefined {
  try {
    return focalLength === undefined ? undefined : intrinsicsFromFocalLength(focalLength, image);
  } catch {
    return undefined;
  }
}
