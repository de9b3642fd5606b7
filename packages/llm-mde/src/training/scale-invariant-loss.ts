import * as tf from '@tensorflow/tfjs-core';
import type { ScaleInvariantLossOptions } from '../configuration/configuration.js';

/**
 * The scale-invariant loss in log depth (Eigen et al. 2014, eq. 4; equation 3 of LLM-MDE), mean over the images of a batch:
 *
 * L = mean(g²) − λ·mean(g)², with g = ln(predicted) − ln(true) over the valid pixels of an image.
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
  { lambda = 0.85, form = 'squared' }: ScaleInvariantLossOptions = {},
): tf.Scalar {
  return tf.tidy(() => {
    // Outside the mask both logarithms are those of 1, so that no infinity reaches the gradient.
    const inside = (depth: tf.Tensor3D) => tf.add(tf.mul(depth, valid), tf.sub(1, valid));
    const smallest = tf.scalar(1e-6);
    const logarithm = (depth: tf.Tensor3D) => tf.log(tf.maximum(inside(depth), smallest));
    const difference = tf.mul(tf.sub(logarithm(predicted), logarithm(truth)), valid);
    const isKnown = tf.minimum(tf.sum(valid, [1, 2]), tf.scalar(1));
    const count = tf.maximum(tf.sum(valid, [1, 2]), tf.scalar(1));
    const mean = tf.div(tf.sum(difference, [1, 2]), count);
    const meanOfSquares = tf.div(tf.sum(tf.square(difference), [1, 2]), count);
    const perImage = tf.sub(meanOfSquares, tf.mul(tf.square(mean), lambda));
    if (form === 'squared') return tf.mean(perImage) as tf.Scalar;
    return tf.mean(tf.mul(tf.sqrt(tf.maximum(perImage, smallest)), tf.mul(isKnown, 10))) as tf.Scalar;
  });
}
