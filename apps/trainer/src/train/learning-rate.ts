export interface Schedule {
  /** The highest learning rate. */
  learningRate: number;
  /** Where the cosine ends. */
  minLearningRate: number;
  /** Steps of linear rise at the beginning. */
  warmupSteps: number;
  /** Steps of the whole run. */
  totalSteps: number;
}

/**
 * Cosine annealing with warm-up (section III of the paper; Loshchilov and Hutter 2017): a linear rise to the learning rate, then half a cosine
 * down to the final one.
 *
 * @param step number of the step, from 0.
 */
export function learningRateAt(
  step: number,
  { learningRate, minLearningRate, warmupSteps, totalSteps }: Schedule,
): number {
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return minLearningRate + (learningRate - minLearningRate) * 0.5 * (1 + Math.cos(Math.PI * progress));
}
