import { alignScaleShift, alignScaleShiftDisparity, medianScale } from './alignment.js';
import { checkSize } from './check.js';
import { clampDepth } from './clamp-depth.js';
import { computeDepthMetrics, type DepthErrors } from './errors.js';
import { type ValidMaskOptions, validMask } from './valid-mask.js';

/**
 * How a prediction is fitted to the ground truth before it is compared.
 *
 * - `none`: not at all; the prediction is in metres.
 * - `median`: times the ratio of the medians.
 * - `depth`: least-squares scale and shift; the prediction is a depth.
 * - `disparity`: least-squares scale and shift in inverse depth; the prediction is a disparity, which grows where depth falls. For a depth
 *   this makes no sense: pass `1 / depth`.
 */
export type Alignment = 'none' | 'median' | 'depth' | 'disparity';

export interface EvaluationOptions extends ValidMaskOptions {
  /** @default 'none' */
  alignment?: Alignment;
  /** Non-zero where a pixel may be compared, `height * width` values, on top of range and crop. */
  mask?: ArrayLike<number>;
}

/**
 * Scores one image by the protocol of BTS, AdaBins and DPT: compares the pixels of {@link validMask}, after alignment (if any) on these
 * pixels and after {@link clampDepth}. The score of a data set is the mean over its images: see {@link DepthMetrics}.
 *
 * @param prediction `height * width` values; metres unless aligned.
 * @param truth depth in metres, `height * width` values, 0 or NaN where depth is missing.
 * @returns the errors. Look at `pixels` before you use them: it is 0, and every metric NaN, where no pixel can be compared.
 * @throws RangeError if sizes, range, crop or alignment are invalid.
 */
export function evaluateDepth(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  options: EvaluationOptions,
): DepthErrors {
  const { width, height, alignment = 'none', minDepth, maxDepth } = options;
  checkSize('The prediction', prediction, width, height);
  const mask = validMask(truth, options);
  if (options.mask) {
    checkSize('The mask', options.mask, width, height);
    for (let index = 0; index < mask.length; index++) if (!options.mask[index]) mask[index] = 0;
  }
  const aligned = align(alignment, prediction, truth, mask, maxDepth);
  return computeDepthMetrics(clampDepth(aligned, { minDepth, maxDepth }), truth, mask);
}

function align(
  alignment: Alignment,
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  mask: Uint8Array,
  maxDepth?: number,
): ArrayLike<number> {
  switch (alignment) {
    case 'none':
      return prediction;
    case 'median': {
      const scale = medianScale(prediction, truth, mask);
      return Float64Array.from(prediction, (depth) => scale * depth);
    }
    case 'depth': {
      const { scale, shift } = alignScaleShift(prediction, truth, mask);
      return Float64Array.from(prediction, (depth) => scale * depth + shift);
    }
    case 'disparity':
      return alignScaleShiftDisparity(prediction, truth, mask, maxDepth).depth;
    default:
      throw new RangeError(
        `Unknown alignment ${JSON.stringify(alignment)}: use 'none', 'median', 'depth' or 'disparity'.`,
      );
  }
}
