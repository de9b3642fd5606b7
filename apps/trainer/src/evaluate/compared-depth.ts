import { alignScaleShift, alignScaleShiftDisparity, clampDepth, medianScale, validMask } from '@llm-mde/metrics';
import { atDepthSize, depthSizeOf, type Frame } from '@llm-mde/rgbd';
import type { EvaluationConfiguration } from '../config/schema.js';

/**
 * What `compareFrame` compares, pixel by pixel, for pictures and for errors by distance.
 *
 * @param prediction metres, of the size of the image.
 * @returns the prediction in metres, aligned as the protocol says, at the size of the frame's depth; and 1 where it is compared, else 0.
 */
export function comparedDepth(
  frame: Frame,
  prediction: Float32Array,
  { minDepth, maxDepth, crop, alignment }: EvaluationConfiguration,
): { depth: ArrayLike<number>; mask: Uint8Array } {
  const { depth: truth, valid } = frame;
  const size = depthSizeOf(frame);
  const mask = validMask(truth, { ...size, minDepth, maxDepth, crop }).map(
    (isWithin, pixel) => isWithin && valid[pixel]!,
  );
  const predicted = atDepthSize(prediction, frame);
  return { depth: clampDepth(aligned(), { minDepth, maxDepth }), mask };

  function aligned(): ArrayLike<number> {
    if (alignment === 'none' || !mask.includes(1)) return predicted;
    if (alignment === 'median') {
      const scale = medianScale(predicted, truth, mask);
      return predicted.map((metres) => scale * metres);
    }
    if (alignment === 'depth') {
      const { scale, shift } = alignScaleShift(predicted, truth, mask);
      return predicted.map((metres) => scale * metres + shift);
    }
    const disparity = predicted.map((metres) => 1 / Math.max(metres, minDepth));
    return alignScaleShiftDisparity(disparity, truth, mask, maxDepth).depth;
  }
}
