import * as tf from '@tensorflow/tfjs-core';

/**
 * The kernel `UnsortedSegmentSum`, with which an embedding's gradient adds up the rows of each word, for a backend that lacks it, composed of
 * kernels that it has.
 *
 * Inputs `x [N, …]` and `segmentIds [N]` (int32), output `[numSegments, …]` of x's dtype: row `s` is the sum of the rows of `x` whose id is `s`.
 * Rows with an id outside `0 … numSegments - 1` are left out, as in TensorFlow on a GPU (on the CPU it refuses ids that are too large).
 */
export const unsortedSegmentSum: tf.KernelFunc = ({ inputs, attrs }) => {
  const { x, segmentIds } = inputs as unknown as { x: tf.Tensor; segmentIds: tf.Tensor1D };
  const { numSegments } = attrs as unknown as tf.UnsortedSegmentSumAttrs;
  const [rows, ...rowShape] = x.shape as [number, ...number[]];
  return tf.tidy(() => {
    if (numSegments === 0) return tf.zeros([0, ...rowShape], x.dtype);
    const inside = tf.logicalAnd(tf.greaterEqual(segmentIds, 0), tf.less(segmentIds, numSegments));
    const mask = tf.reshape(tf.cast(inside, x.dtype), [rows, ...rowShape.map(() => 1)]);
    // An index outside the output would be written outside it: such rows are zeroed and added to row 0.
    const indices = tf.reshape(tf.mul(segmentIds, tf.cast(inside, 'int32')), [rows, 1]);
    return tf.scatterND(indices, tf.mul(x, mask), [numSegments, ...rowShape]);
  });
};
