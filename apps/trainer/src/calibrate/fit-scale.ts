/** What one frame, or one photo with distances, says about the scale of a model's depth. */
export interface DepthRatios {
  /** Of the frame or photo. */
  name: string;
  /** Mean of log(true / predicted) over all pixels with depth. */
  mean: number;
  /** log(true / predicted) of these pixels, evenly thinned. */
  logs: Float64Array;
}

/** Of one frame: enough for its errors. */
const LARGEST_SAMPLE = 4096;

/**
 * Compares predicted with true depth.
 *
 * @param valid non-zero where the truth is a measurement. @default everywhere
 * @returns undefined if there is no depth to compare.
 */
export function depthRatios(
  name: string,
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  valid?: ArrayLike<number>,
): DepthRatios | undefined {
  const logs: number[] = [];
  for (let pixel = 0; pixel < truth.length; pixel++) {
    const log = Math.log(truth[pixel]! / predicted[pixel]!);
    if ((!valid || valid[pixel]) && Number.isFinite(log)) logs.push(log);
  }
  if (logs.length === 0) return undefined;
  const stride = Math.ceil(logs.length / LARGEST_SAMPLE);
  return { name, mean: mean(logs), logs: Float64Array.from(logs.filter((_, index) => index % stride === 0)) };
}

/** The factor of predicted depth with which the log errors of frames are 0 in the mean: each frame counts alike, however many pixels it has. */
export function fitScale(frames: readonly DepthRatios[]): number {
  return Math.exp(mean(frames.map((frame) => frame.mean)));
}

/** Means over frames of what a frame's errors are in the mean. */
interface ScaleErrors {
  absRel: number;
  /** |log(true / predicted)| */
  logRatio: number;
}

export interface CrossCheck {
  /** Parts that the frames were divided into. */
  folds: number;
  /** Errors of frames with the factor that the frames of the other parts give. */
  scaled: ScaleErrors;
  /** Errors of the same frames without a factor. */
  unscaled: ScaleErrors;
}

/** As many parts as this, of frames that follow each other, since these look alike; fewer frames are left out one at a time. */
const MOST_FOLDS = 10;

/**
 * Whether a factor helps on frames that it was not fitted to.
 *
 * @param frames at least two.
 */
export function crossCheck(frames: readonly DepthRatios[]): CrossCheck {
  const folds = Math.min(frames.length, MOST_FOLDS);
  const isIn = (fold: number, index: number) => Math.floor((index * folds) / frames.length) === fold;
  const scaled = Array.from({ length: folds }, (_, fold) => {
    const scale = fitScale(frames.filter((_, index) => !isIn(fold, index)));
    return frames.filter((_, index) => isIn(fold, index)).map((frame) => errorsOf(frame, scale));
  }).flat();
  return { folds, scaled: meanErrors(scaled), unscaled: meanErrors(frames.map((frame) => errorsOf(frame, 1))) };
}

/** Whether both errors are lower with the factor: the relative one alone forgives a model that predicts too near. */
export function doesHelp({ scaled, unscaled }: CrossCheck): boolean {
  return scaled.absRel < unscaled.absRel && scaled.logRatio < unscaled.logRatio;
}

function errorsOf({ logs }: DepthRatios, scale: number): ScaleErrors {
  const shift = Math.log(scale);
  return {
    absRel: mean(logs.map((log) => Math.abs(Math.exp(shift - log) - 1))),
    logRatio: mean(logs.map((log) => Math.abs(log - shift))),
  };
}

function meanErrors(errors: readonly ScaleErrors[]): ScaleErrors {
  return {
    absRel: mean(errors.map(({ absRel }) => absRel)),
    logRatio: mean(errors.map(({ logRatio }) => logRatio)),
  };
}

function mean(values: readonly number[] | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
