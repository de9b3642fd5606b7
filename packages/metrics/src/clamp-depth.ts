import { checkRange } from './check.js';

export interface DepthRange {
  /** Metres. @default 1e-3 */
  minDepth?: number;
  /** Metres. @default 10 */
  maxDepth?: number;
}

/**
 * Brings a prediction into the depth range: below or NaN becomes `minDepth`, above becomes `maxDepth`.
 *
 * @returns a new array.
 * @throws RangeError if the range is empty or reaches zero.
 */
export function clampDepth(prediction: ArrayLike<number>, { minDepth = 1e-3, maxDepth = 10 }: DepthRange = {}) {
  checkRange(minDepth, maxDepth);
  return Float64Array.from(prediction, (depth) => {
    if (depth > maxDepth) return maxDepth;
    return depth >= minDepth ? depth : minDepth;
  });
}
