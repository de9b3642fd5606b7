import { checkRange, checkSize } from './check.js';
import { type Crop, type CropName, evaluationCrop } from './crop.js';

export interface ValidMaskOptions {
  /** Pixels in a row. */
  width: number;
  /** Rows. */
  height: number;
  /** Ground truth must be greater than this, in metres. @default 1e-3 */
  minDepth?: number;
  /** Ground truth must be less than this, in metres. @default 10 */
  maxDepth?: number;
  /** @default 'eigen' */
  crop?: CropName | Crop;
}

/**
 * Which pixels are evaluated: those inside the crop whose ground truth lies strictly between `minDepth` and `maxDepth`. Missing depths
 * (0), NaN and infinities are outside.
 *
 * @param truth depth in metres, `height * width` values.
 * @returns `height * width` values, 1 where a pixel is evaluated and 0 elsewhere.
 * @throws RangeError if size, range or crop are invalid.
 */
export function validMask(
  truth: ArrayLike<number>,
  { width, height, minDepth = 1e-3, maxDepth = 10, crop = 'eigen' }: ValidMaskOptions,
): Uint8Array {
  checkSize('The ground truth', truth, width, height);
  checkRange(minDepth, maxDepth);
  const { top, bottom, left, right } = typeof crop === 'object' ? crop : evaluationCrop(crop, width, height);
  if (![top, bottom, left, right].every(Number.isInteger) || top < 0 || left < 0 || bottom > height || right > width) {
    throw new RangeError(
      `A crop of rows ${top} to ${bottom} and columns ${left} to ${right} does not lie within ${width} by ${height} pixels.`,
    );
  }
  const mask = new Uint8Array(width * height);
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const depth = truth[row * width + column]!;
      if (depth > minDepth && depth < maxDepth) mask[row * width + column] = 1;
    }
  }
  return mask;
}
