import { type DepthErrors, METRIC_NAMES, type MetricName } from './errors.js';
import { type EvaluationOptions, evaluateDepth } from './evaluate-depth.js';

/** The score of a data set: the mean of every metric over its images. */
export type DepthMetricsSummary = Record<MetricName, number> & {
  /** Images that count. */
  images: number;
  /** Images left out because none of their pixels could be compared. */
  skipped: number;
  /** Pixels compared, over all images. */
  pixels: number;
};

/** What {@link DepthMetrics} has gathered, as plain data. */
export interface DepthMetricsState {
  sums: Record<MetricName, number>;
  images: number;
  skipped: number;
  pixels: number;
}

/**
 * Gathers errors image by image and gives their mean over images (not over pixels: an image with many holes counts as much as any
 * other), as the evaluators of BTS and its successors do. Holds a dozen numbers, however many images it sees.
 */
export class DepthMetrics {
  private readonly sums: Record<MetricName, number>;
  private images: number;
  private skipped: number;
  private pixels: number;

  /** @param state where {@link toJSON} of another left off; without it, nothing has been seen. */
  constructor(state?: DepthMetricsState) {
    const zeros = Object.fromEntries(METRIC_NAMES.map((name) => [name, 0])) as Record<MetricName, number>;
    this.sums = { ...zeros, ...state?.sums };
    this.images = state?.images ?? 0;
    this.skipped = state?.skipped ?? 0;
    this.pixels = state?.pixels ?? 0;
  }

  /**
   * Scores an image with {@link evaluateDepth} and adds it.
   *
   * @returns the image's own errors.
   */
  update(prediction: ArrayLike<number>, truth: ArrayLike<number>, options: EvaluationOptions): DepthErrors {
    const errors = evaluateDepth(prediction, truth, options);
    this.add(errors);
    return errors;
  }

  /** Adds the errors of one image. One without any compared pixel is counted as skipped. */
  add(errors: DepthErrors): void {
    if (errors.pixels === 0) {
      this.skipped++;
      return;
    }
    for (const name of METRIC_NAMES) this.sums[name] += errors[name];
    this.images++;
    this.pixels += errors.pixels;
  }

  /** Adds all that another has seen, for instance in a worker. */
  merge(other: DepthMetrics | DepthMetricsState): void {
    const state = other instanceof DepthMetrics ? other.toJSON() : other;
    for (const name of METRIC_NAMES) this.sums[name] += state.sums[name];
    this.images += state.images;
    this.skipped += state.skipped;
    this.pixels += state.pixels;
  }

  /** The means so far; NaN before the first image. */
  summary(): DepthMetricsSummary {
    const { images, skipped, pixels } = this;
    const means = METRIC_NAMES.map((name) => [name, this.sums[name] / images]);
    return { ...(Object.fromEntries(means) as Record<MetricName, number>), images, skipped, pixels };
  }

  toJSON(): DepthMetricsState {
    const { sums, images, skipped, pixels } = this;
    return { sums: { ...sums }, images, skipped, pixels };
  }
}
