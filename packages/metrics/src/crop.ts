/**
 * - `none`: the whole image.
 * - `eigen`: rows 45 to 471 and columns 41 to 601 of a 640 × 480 image, the usual one for NYU Depth v2. On another size, the same
 *   shares of its height and width, rounded to whole pixels.
 * - `garg`: the crop of Garg et al. (arXiv 1603.04992) for KITTI: rows 0.40810811 to 0.99189189 of the height and columns 0.03594771 to
 *   0.96405229 of the width, rounded down.
 */
export type CropName = 'none' | 'eigen' | 'garg';

/** A rectangle of pixels: `top` and `left` are inside, `bottom` and `right` are the first row and column outside. */
export interface Crop {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/**
 * The rectangle in which an image is evaluated.
 *
 * @throws RangeError if the name is unknown.
 */
export function evaluationCrop(name: CropName, width: number, height: number): Crop {
  switch (name) {
    case 'none':
      return { top: 0, bottom: height, left: 0, right: width };
    case 'eigen':
      return {
        top: Math.round((45 * height) / 480),
        bottom: Math.round((471 * height) / 480),
        left: Math.round((41 * width) / 640),
        right: Math.round((601 * width) / 640),
      };
    case 'garg':
      return {
        top: Math.floor(0.40810811 * height),
        bottom: Math.floor(0.99189189 * height),
        left: Math.floor(0.03594771 * width),
        right: Math.floor(0.96405229 * width),
      };
    default:
      throw new RangeError(`Unknown crop ${JSON.stringify(name)}: use 'none', 'eigen', 'garg' or a rectangle.`);
  }
}
