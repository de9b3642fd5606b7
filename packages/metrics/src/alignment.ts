import { checkRange, checkSameLength } from './check.js';

/** What turns a prediction p into `scale * p + shift`. */
export interface AlignmentCoefficients {
  scale: number;
  shift: number;
}

/**
 * The factor that gives the prediction the ground truth's median, `median(truth) / median(prediction)`, as self-supervised methods
 * are scored. Of an even number of values the median is the mean of the two in the middle.
 *
 * @param prediction depth up to an unknown scale. Values that are not finite are left out.
 * @param truth depth in metres, as many values.
 * @param mask non-zero where a pixel counts; without it every pixel does.
 * @returns the factor, NaN if no pixel counts.
 * @throws RangeError if the lengths differ.
 */
export function medianScale(prediction: ArrayLike<number>, truth: ArrayLike<number>, mask?: ArrayLike<number>): number {
  const { p, g } = compared(prediction, truth, mask);
  return median(g) / median(p);
}

/**
 * The scale and shift that bring a predicted depth nearest to the ground truth: the least squares of `scale * p + shift − g`.
 * Where p is constant every scale fits alike; the scale is then 0 and the shift the mean of the ground truth.
 *
 * @param prediction depth up to an unknown scale and shift. Values that are not finite are left out.
 * @param truth depth in metres, as many values.
 * @param mask non-zero where a pixel counts; without it every pixel does.
 * @returns coefficients for the prediction, NaN if no pixel counts.
 * @throws RangeError if the lengths differ.
 */
export function alignScaleShift(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  mask?: ArrayLike<number>,
): AlignmentCoefficients {
  const { p, g } = compared(prediction, truth, mask);
  return leastSquares(p, g);
}

/**
 * The scale and shift that bring a predicted disparity nearest to the inverse of the ground truth: the least squares of
 * `scale * p + shift − 1 / g`, the protocol of Ranftl et al. (arXiv 1907.01341) for models that predict disparity. For a model that
 * predicts depth use {@link alignScaleShift}.
 *
 * @param prediction disparity up to an unknown scale and shift. Values that are not finite are left out.
 * @param truth depth in metres, as many values, greater than 0 where it counts.
 * @param mask non-zero where a pixel counts; without it every pixel does.
 * @param maxDepth bound of the depth that is returned, in metres. @default 10
 * @returns the coefficients, and `depth` in metres for every pixel: `1 / max(scale * p + shift, 1 / maxDepth)`.
 * @throws RangeError if the lengths differ or maxDepth is not positive.
 */
export function alignScaleShiftDisparity(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  mask?: ArrayLike<number>,
  maxDepth = 10,
): AlignmentCoefficients & { depth: Float64Array } {
  checkRange(Number.MIN_VALUE, maxDepth);
  const { p, g } = compared(prediction, truth, mask);
  const { scale, shift } = leastSquares(
    p,
    g.map((depth) => 1 / depth),
  );
  const depth = Float64Array.from(prediction, (value) => 1 / Math.max(scale * value + shift, 1 / maxDepth));
  return { scale, shift, depth };
}

function compared(prediction: ArrayLike<number>, truth: ArrayLike<number>, mask?: ArrayLike<number>) {
  checkSameLength({ prediction, truth, ...(mask && { mask }) });
  const counts = (index: number) => (!mask || Boolean(mask[index])) && Number.isFinite(prediction[index]);
  let count = 0;
  for (let index = 0; index < truth.length; index++) if (counts(index)) count++;
  const p = new Float64Array(count);
  const g = new Float64Array(count);
  for (let index = 0, at = 0; index < truth.length; index++) {
    if (!counts(index)) continue;
    p[at] = prediction[index]!;
    g[at++] = truth[index]!;
  }
  return { p, g };
}

/** Of y ≈ scale * x + shift, from deviations from the means, which keeps the digits that the normal equations lose. */
function leastSquares(x: Float64Array, y: Float64Array): AlignmentCoefficients {
  const xMean = mean(x);
  const yMean = mean(y);
  let covariance = 0;
  let variance = 0;
  for (let index = 0; index < x.length; index++) {
    covariance += (x[index]! - xMean) * (y[index]! - yMean);
    variance += (x[index]! - xMean) ** 2;
  }
  // A constant column can have a mean that is off by a rounding; its "variance" is then that rounding, squared.
  const isConstant = variance <= x.length * (xMean * Number.EPSILON) ** 2 * 4;
  const scale = isConstant ? 0 : covariance / variance;
  return { scale, shift: yMean - scale * xMean };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: Float64Array): number {
  if (values.length === 0) return Number.NaN;
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
