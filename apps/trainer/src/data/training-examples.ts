import { type Frame, resizeNearest } from '@llm-mde/rgbd';
import type { TrainingExample } from 'llm-mde';

/**
 * Frames as a training step takes them, all depth maps of one size.
 *
 * @param size width and height of the depth maps. Others are brought to it by the nearest pixel: no depth appears that was not measured.
 */
export function trainingExamples(frames: readonly Frame[], size: readonly [number, number]): TrainingExample[] {
  return frames.map(({ id, image, depth, valid }) => {
    const [width, height] = size;
    if (image.width === width && image.height === height) return { id, image, depth, valid };
    const resized = resizeNearest({ depth, valid }, image, { width, height });
    return { id, image, ...resized, depthWidth: width, depthHeight: height };
  });
}
