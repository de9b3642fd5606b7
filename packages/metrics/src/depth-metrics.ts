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

/**
 * Accumulates errors image by image and computes their mean over images (not over pixels: an image with much missing depth counts as much as any
 * other), as the evaluators of BTS and its successors do. Holds a dozen numbers, however many images it sees.
 */
export class DepthMetrics {
  private readonly sums = Object.fromEntries(METRIC_NAMES.map((name) => [name, 0])) as Record<MetricName, number>;
  private images = 0;
  private skipped = 0;
  private pixels = 0;

  /** @param options For every image; `update` may give others, and has to give the size where this does not. */
  constructor(private readonly options: Partial<EvaluationOptions> = {}) {}

  /**
   * Scores an image with {@link evaluateDepth} and adds it.
   *
   * @param options On top of those of the constructor.
   * @returns the image's own errors.
   */
  update(
    prediction: ArrayLike<number>,
    truth: ArrayLike<number>,
    options: Partial<EvaluationOptions> = {},
  ): DepthErrors {
    const errors = evaluateDepth(prediction, truth, { ...this.options, ...options } as EvaluationOptions);
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

  /** The means so far; NaN before the first image. */
  compute(): DepthMetricsSummary {
    const { images, skipped, pixels } = this;
    const means = METRIC_NAMES.map((name) => [name, this.sums[name] / images]);
    return { ...(Object.fromEntries(means) as Record<MetricName, number>), images, skipped, pixels };
  }
}
