import { checkSameLength } from './check.js';

/** The metrics' names, in the order in which papers print them after RMSE. */
export const METRIC_NAMES = [
  'rmse',
  'absRel',
  'sqRel',
  'rmseLog',
  'log10',
  'siLog',
  'delta1',
  'delta2',
  'delta3',
] as const;

export type MetricName = (typeof METRIC_NAMES)[number];

/** The errors of one image. Every metric is NaN where `pixels` is 0. */
export type DepthErrors = Record<MetricName, number> & {
  /** How many pixels were compared. */
  pixels: number;
};

/**
 * All metrics of one image in one pass. With prediction p and ground truth g in metres, and mean over the compared pixels:
 *
 * | name | formula | unit |
 * | --- | --- | --- |
 * | `rmse` | √mean((p − g)²) | m |
 * | `absRel` | mean(abs(p − g) / g) | |
 * | `sqRel` | mean((p − g)² / g) | m |
 * | `rmseLog` | √mean((ln p − ln g)²) | |
 * | `log10` | mean(abs(log₁₀ p − log₁₀ g)) | |
 * | `siLog` | 100 · √(mean(d²) − mean(d)²), d = ln p − ln g | |
 * | `delta1..3` | share of pixels with max(p / g, g / p) < 1.25¹, 1.25², 1.25³ | 0 to 1 |
 *
 * The formulas are those of the evaluator of Eigen et al. (arXiv 1406.2283) as BTS (arXiv 1907.10326) and its successors use it.
 * Computed in float64.
 *
 * It applies no range, crop, clamp or alignment: {@link evaluateDepth} does. A pixel that is compared must have p > 0 and g > 0,
 * or the metrics with a logarithm or a quotient come out infinite or NaN.
 *
 * @param prediction depth in metres, any number of values.
 * @param truth depth in metres, as many values.
 * @param mask non-zero where a pixel is compared, as many values; without it every pixel is.
 * @throws RangeError if the lengths differ.
 */
export function computeDepthMetrics(
  prediction: ArrayLike<number>,
  truth: ArrayLike<number>,
  mask?: ArrayLike<number>,
): DepthErrors {
  checkSameLength({ prediction, truth, ...(mask && { mask }) });
  let pixels = 0;
  let squared = 0;
  let relative = 0;
  let squaredRelative = 0;
  let absoluteLog = 0;
  let within1 = 0;
  let within2 = 0;
  let within3 = 0;
  // Welford's running mean and sum of squared deviations: mean(d²) − mean(d)² would lose its digits where all pixels are off alike.
  let logMean = 0;
  let logDeviations = 0;
  for (let index = 0; index < truth.length; index++) {
    if (mask && !mask[index]) continue;
    const p = prediction[index]!;
    const g = truth[index]!;
    const difference = p - g;
    pixels++;
    squared += difference * difference;
    relative += Math.abs(difference) / g;
    squaredRelative += (difference * difference) / g;
    const d = Math.log(p) - Math.log(g);
    absoluteLog += Math.abs(d);
    const fromMean = d - logMean;
    logMean += fromMean / pixels;
    logDeviations += fromMean * (d - logMean);
    const ratio = Math.max(p / g, g / p);
    if (ratio < 1.25) within1++;
    if (ratio < 1.25 ** 2) within2++;
    if (ratio < 1.25 ** 3) within3++;
  }
  const logVariance = logDeviations / pixels;
  return {
    rmse: Math.sqrt(squared / pixels),
    absRel: relative / pixels,
    sqRel: squaredRelative / pixels,
    rmseLog: Math.sqrt(logVariance + logMean * logMean),
    log10: absoluteLog / pixels / Math.LN10,
    siLog: 100 * Math.sqrt(logVariance),
    delta1: within1 / pixels,
    delta2: within2 / pixels,
    delta3: within3 / pixels,
    pixels,
  };
}
