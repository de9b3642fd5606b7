import type { DepthMetricsSummary } from '@llm-mde/metrics';

/** What is compared: smaller and larger is better. */
export const COMPARED = ['absRel', 'delta1'] as const;
export type Compared = (typeof COMPARED)[number];

/** A variant's metrics on one dataset, one entry for each seed. */
export interface Measured {
  seeds: readonly number[];
  metrics: readonly DepthMetricsSummary[];
}

/** A variant beside the whole model. */
export interface Comparison {
  mean: number;
  /** Sample standard deviation over seeds; NaN with one. */
  spread: number;
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
  const { mean, deviation } = statisticsOf(values);
  if (!whole) return { mean, spread: deviation, difference: undefined };
  const differences = variant.seeds.flatMap((seed, index) => {
    const at = whole.seeds.indexOf(seed);
    return at < 0 ? [] : [values[index]! - whole.metrics[at]![metric]];
  });
  return { mean, spread: deviation, difference: differences.length > 0 ? differenceOf(differences) : undefined };
}

function differenceOf(differences: readonly number[]): Difference {
  const pairs = differences.length;
  const { mean, deviation } = statisticsOf(differences);
  if (pairs < 2) return { mean, pairs, interval: undefined };
  const half = (quantile(pairs - 1) * deviation) / Math.sqrt(pairs);
  return { mean, pairs, interval: [mean - half, mean + half] };
}

function statisticsOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : Number.NaN };
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
