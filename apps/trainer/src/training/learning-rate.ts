export interface Schedule {
  /** The highest learning rate. */
  learningRate: number;
  /** Where the cosine ends. */
  finalLearningRate: number;
  /** Steps of linear rise at the beginning. */
  warmUpSteps: number;
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
  { learningRate, finalLearningRate, warmUpSteps, totalSteps }: Schedule,
): number {
  if (step < warmUpSteps) return (learningRate * (step + 1)) / warmUpSteps;
  const progress = Math.min(1, (step - warmUpSteps) / Math.max(1, totalSteps - warmUpSteps));
  return finalLearningRate + (learningRate - finalLearningRate) * 0.5 * (1 + Math.cos(Math.PI * progress));
}
