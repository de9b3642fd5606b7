import type { DepthMetricsSummary } from '@llm-mde/metrics';
import { type Figure, figureOf } from '../evaluate/spread.js';

/** What is compared: smaller and larger is better. */
export const COMPARED = ['absRel', 'delta1'] as const;
export type Compared = (typeof COMPARED)[number];

/** A variant's metrics on one dataset, one entry for each seed. */
export interface Measured {
  seeds: readonly number[];
  metrics: readonly DepthMetricsSummary[];
}

/** A variant beside the whole model. */
export interface Comparison extends Figure {
  /** Variant minus whole model; undefined for the whole model itself. */
  difference: Difference | undefined;
}

/** Of pairs with the same seed. */
export interface Difference {
  mean: number;
  pairs: number;
  /** 95 % confidence interval by Student's t; undefined with fewer than two pairs. */
  interval: readonly [low: number, high: number] | undefined;
}

export function compare(variant: Measured, whole: Measured | undefined, metric: Compared): Comparison {
  const values = variant.metrics.map((summary) => summary[metric]);
  const figure = figureOf(values);
  if (!whole) return { ...figure, difference: undefined };
  const differences = variant.seeds.flatMap((seed, index) => {
    const at = whole.seeds.indexOf(seed);
    return at < 0 ? [] : [values[index]! - whole.metrics[at]![metric]];
  });
  return { ...figure, difference: differences.length > 0 ? differenceOf(differences) : undefined };
}

function differenceOf(differences: readonly number[]): Difference {
  const pairs = differences.length;
  const { mean, spread } = figureOf(differences);
  if (pairs < 2) return { mean, pairs, interval: undefined };
  const half = (quantile(pairs - 1) * spread) / Math.sqrt(pairs);
  return { mean, pairs, interval: [mean - half, mean + half] };
}

/** Student's t: below it lie 97.5 %, for 1, 2, 3 … degrees of freedom. */
const QUANTILES = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

function quantile(degrees: number): number {
  // Never narrower than it is.
  return QUANTILES[Math.min(degrees, QUANTILES.length) - 1]!;
}

/** What an interval says: 'better' and 'worse' never where it holds 0. */
export function verdict({ interval }: Difference, metric: Compared): 'better' | 'worse' | 'open' {
  if (!interval || interval[0] <= 0 === interval[1] >= 0) return 'open';
  const isLarger = interval[0] > 0;
  return isLarger === (metric === 'delta1') ? 'better' : 'worse';
}
