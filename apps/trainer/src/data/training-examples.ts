import { depthSizeOf, type Frame, resizeNearest } from '@llm-mde/rgbd';
import { type CameraImage, inputSize, type TrainingExample } from 'llm-mde';
import type { TrainingConfiguration } from '../config/schema.js';

/**
 * Frames as a training step takes them, all depth maps of one size.
 *
 * @param size width and height of the depth maps. Others are brought to it by the nearest pixel: no depth appears that was not measured.
 */
export function trainingExamples(frames: readonly Frame[], size: readonly [number, number]): TrainingExample[] {
  return frames.map((frame) => {
    const { id, depth, valid } = frame;
    const image = cameraImage(frame);
    const [width, height] = size;
    const own = depthSizeOf(frame);
    const isRight = own.width === width && own.height === height;
    if (isRight && image.width === width && image.height === height) return { id, image, depth, valid };
    const resized = isRight ? { depth, valid } : resizeNearest({ depth, valid }, own, { width, height });
    return { id, image, ...resized, depthWidth: width, depthHeight: height };
  });
}

/**
 * The longer side, in pixels, to which larger frames are reduced before they are augmented: twice what the network and the loss see, since photographs
 * of many megapixels would be augmented for seconds. Undefined where a crop counts the frames' own pixels, or the loss sees them all.
 */
export function largestFrame({ model, data, training }: TrainingConfiguration): number | undefined {
  if (data.depthSize === null || training.augmentation?.crop) return undefined;
  return 2 * Math.max(...inputSize(model), ...data.depthSize);
}

/** What is known of an image beside its pixels. */
export interface KnownOfImage {
  image: CameraImage;
  intrinsics?: Frame['intrinsics'] | undefined;
  sceneType?: string | undefined;
}

/** The image with its focal length, for models that know their camera, and its scene, for prompts of the style `scene`. */
export function cameraImage({ image, intrinsics, sceneType }: KnownOfImage): CameraImage {
  return {
    ...image,
    // Of both directions: pixels need not be square.
    ...(intrinsics && { focalLength: Math.sqrt(intrinsics.fx * intrinsics.fy) }),
    ...(sceneType !== undefined && { scene: sceneType }),
  };
}
