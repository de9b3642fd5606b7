import * as tf from '@tensorflow/tfjs-core';

/** What hides a token: so much is added to its score. */
const HIDDEN = -1e9;

/**
 * What is added to attention's scores: 0 where a token may look, −10⁹ where not.
 *
 * @param attentionMask [B,S], 1 for a token and 0 for padding. @default all tokens
 * @param causalLength The length S of sequences in which a token sees only itself and those before it. @default it sees all
 * @returns [B or 1,1,S or 1,S]; undefined where every token sees every other.
 */
export function additiveMask(attentionMask: tf.Tensor2D | undefined, causalLength?: number): tf.Tensor4D | undefined {
  const padding = attentionMask && maskPadding(attentionMask);
  const later = causalLength === undefined ? undefined : maskLater(causalLength);
  return padding && later ? (tf.minimum(padding, later) as tf.Tensor4D) : (padding ?? later);
}

function maskPadding(attentionMask: tf.Tensor2D): tf.Tensor4D {
  const [batch, length] = attentionMask.shape;
  return tf.reshape(tf.mul(tf.sub(1, tf.cast(attentionMask, 'float32')), HIDDEN), [batch, 1, 1, length]);
}

function maskLater(length: number): tf.Tensor4D {
  const values = new Float32Array(length * length);
  for (let row = 0; row < length; row++) values.fill(HIDDEN, row * length + row + 1, (row + 1) * length);
  return tf.tensor4d(values, [1, 1, length, length]);
}
