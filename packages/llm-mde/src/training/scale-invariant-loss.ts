import * as tf from '@tensorflow/tfjs-core';
import type { ScaleInvariantLossOptions } from '../configuration/configuration.js';

/**
 * The scale-invariant loss in log depth (Eigen et al. 2014, eq. 4; equation 3 of LLM-MDE), mean over the images of a batch:
 *
 * L = mean(g²) − λ·mean(g)², with g = ln(predicted) − ln(true) over the valid pixels of an image.
 *
 * With a `gradientWeight` w, w·G is added, the gradient matching term of MegaDepth (Li and Snavely 2018, eq. 4) in log depth. G is the mean over
 * the distances s = 1, 2, 4 and 8 of mean |g(x + s, y) − g(x, y)| + mean |g(x, y + s) − g(x, y)|, each over the pairs of valid pixels.
 *
 * Means are taken per image first, so that a batch gives the same gradient whole and in parts (gradient accumulation). An image without
 * a valid pixel counts as zero error.
 *
 * @param predicted Metres, [B,H,W], positive.
 * @param truth Metres, [B,H,W]; values that are not valid are ignored, but must not be NaN.
 * @param valid 1 where the truth is known, 0 elsewhere, [B,H,W].
 */
export function scaleInvariantLoss(
  predicted: tf.Tensor3D,
  truth: tf.Tensor3D,
  valid: tf.Tensor3D,
  { lambda = 0.85, form = 'squared', gradientWeight = 0 }: ScaleInvariantLossOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    // Outside the mask both logarithms are those of 1, so that no infinity reaches the gradient.
    const inside = (depth: tf.Tensor3D) => tf.add(tf.mul(depth, valid), tf.sub(1, valid));
    const smallest = tf.scalar(1e-6);
    const logarithm = (depth: tf.Tensor3D) => tf.log(tf.maximum(inside(depth), smallest));
    const difference = tf.mul(tf.sub(logarithm(predicted), logarithm(truth)), valid) as tf.Tensor3D;
    const mean = meanInside(difference, valid);
    const perImage = tf.sub(meanInside(tf.square(difference), valid), tf.mul(tf.square(mean), lambda));
    const isKnown = tf.minimum(tf.sum(valid, [1, 2]), tf.scalar(1));
    const loss = form === 'squared' ? perImage : tf.mul(tf.sqrt(tf.maximum(perImage, smallest)), tf.mul(isKnown, 10));
    if (gradientWeight === 0) return tf.mean(loss) as tf.Scalar;
    return tf.mean(tf.add(loss, tf.mul(gradientMatching(difference, valid), gradientWeight))) as tf.Scalar;
  });
}

/** In pixels; those that fit into the depth map are used. */
const DISTANCES = [1, 2, 4, 8];

/** G of each image, [B], given g, which is 0 where it is not valid. */
function gradientMatching(difference: tf.Tensor3D, valid: tf.Tensor3D): tf.Tensor1D {
  const [batch, height, width] = difference.shape;
  const terms = DISTANCES.filter((distance) => distance < Math.min(height, width)).flatMap((distance) =>
    [
      { size: [batch, height, width - distance], to: [0, 0, distance] },
      { size: [batch, height - distance, width], to: [0, distance, 0] },
    ].map(({ size, to }) => {
      const [here, there] = [[0, 0, 0], to].map(
        (begin) => (map: tf.Tensor3D) => tf.slice(map, begin as Triple, size as Triple),
      ) as [Part, Part];
      const bothValid = tf.mul(here(valid), there(valid)) as tf.Tensor3D;
      return meanInside(tf.abs(tf.sub(there(difference), here(difference))) as tf.Tensor3D, bothValid);
    }),
  );
  const sum = terms.reduce((total, term) => tf.add(total, term), tf.zeros<tf.Rank.R1>([batch]));
  return tf.mul(sum, 2 / Math.max(terms.length, 1));
}

type Triple = [number, number, number];
type Part = (map: tf.Tensor3D) => tf.Tensor3D;

/** Mean of each image over its valid pixels, [B]; 0 if there are none. */
function meanInside(values: tf.Tensor3D, valid: tf.Tensor3D): tf.Tensor1D {
  const count = tf.maximum(tf.sum(valid, [1, 2]), tf.scalar(1));
  return tf.div(tf.sum(tf.mul(values, valid), [1, 2]), count);
}
