import { checkSameLength } from './check.js';
import { computeDepthMetrics, type DepthErrors } from './errors.js';

/**
 * The variant that the LLM-MDE paper's released code computes: prediction and ground truth are each stretched to [0, 1] by their own
 * minimum and maximum over the whole image, raised to at least 0.001, and compared pixel by pixel; no depth range, no crop, no
 * valid mask, so that missing depths count as the nearest points.
 *
 * These numbers have no unit and cannot be compared with metric ones: use them beside the paper's tables and nowhere else. The
 * released code prints δ1, δ2 and δ3 only; the other metrics here apply the standard formulas to the same stretched values.
 *
 * @param prediction any unit.
 * @param truth any unit, as many values. A constant image, which cannot be stretched, becomes 0.001 everywhere.
 * @throws RangeError if the lengths differ or a value is not finite.
 */
export function minMaxNormalizedMetrics(prediction: ArrayLike<number>, truth: ArrayLike<number>): DepthErrors {
  checkSameLength({ prediction, truth });
  return computeDepthMetrics(stretched('prediction', prediction), stretched('truth', truth));
}

const FLOOR = 1e-3;

function stretched(name: string, values: ArrayLike<number>): Float64Array {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `${name} is ${value} at value ${index}: the per-image minimum and maximum need finite numbers; replace missing depth by 0 first.`,
      );
    }
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  const range = maximum - minimum;
  return Float64Array.from(values, (value) => Math.max(range > 0 ? (value - minimum) / range : 0, FLOOR));
}
