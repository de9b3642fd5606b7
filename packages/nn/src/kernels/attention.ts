import * as tf from '@tensorflow/tfjs-core';
import { compositeKernel } from './composite-kernel.js';

export interface AttentionOptions {
  /** Added to the scores before the softmax; broadcast to [B,H,Q,K]. A large negative number hides a key. No gradient. */
  mask?: tf.Tensor | undefined;
  /** Multiplied with the attention weights after the softmax, shape [B,H,Q,K]: dropout's mask. No gradient. */
  dropoutMask?: tf.Tensor | undefined;
  /** @default 1/√d */
  scale?: number;
}

/**
 * Scaled dot-product attention, softmax(scale · Q·Kᵀ + mask)·V (Vaswani et al. 2017, eq. 1; equation 1 of LLM-MDE).
 *
 * @param query [B,H,Q,d], float32.
 * @param key [B,H,K,d]
 * @param value [B,H,K,dv]
 * @returns [B,H,Q,dv]
 */
export function attention(
  query: tf.Tensor4D,
  key: tf.Tensor4D,
  value: tf.Tensor4D,
  { mask, dropoutMask, scale = 1 / Math.sqrt(query.shape[3]) }: AttentionOptions = {},
): tf.Tensor4D {
  const inputs = { query, key, value, ...(mask && { mask }), ...(dropoutMask && { dropoutMask }) };
  return (dropoutMask ? kernelWithDropout : kernel)(inputs, { scale }) as tf.Tensor4D;
}

/** softmax(scale · Q·Kᵀ + mask), [B,H,Q,K]: what `attention` multiplies the values with, for inspection. */
export function attentionWeights(
  query: tf.Tensor,
  key: tf.Tensor,
  { mask, scale = 1 / Math.sqrt(query.shape[3]!) }: AttentionOptions = {},
): tf.Tensor4D {
  return tf.tidy(() => {
    const scores = tf.mul(tf.matMul(query, key, false, true), scale);
    return tf.softmax(mask ? tf.add(scores, mask) : scores) as tf.Tensor4D;
  });
}

type Input = 'query' | 'key' | 'value' | 'mask' | 'dropoutMask';

const kernel = attentionKernel('LlmMdeAttention');
const kernelWithDropout = attentionKernel('LlmMdeAttentionWithDropout', 'dropoutMask');

function attentionKernel(kernelName: string, ...masks: Input[]) {
  const inputsToSave: Input[] = ['query', 'key', 'value', ...masks];
  return compositeKernel<Input>({
    kernelName,
    inputsToSave,
    outputsToSave: [true, true],
    forward: ({ query, key, value, mask, dropoutMask }, { scale }) => {
      const weights = attentionWeights(query, key, { mask, scale: scale! });
      return [tf.matMul(dropoutMask ? tf.mul(weights, dropoutMask) : weights, value), weights];
    },
    gradient: (dy, saved, { scale }) => {
      const names = [...inputsToSave, 'output', 'weights'];
      return gradients(dy, Object.fromEntries(names.map((name, at) => [name, saved[at]])) as unknown as Saved, scale!);
    },
  });
}

interface Saved {
  query: tf.Tensor;
  key: tf.Tensor;
  value: tf.Tensor;
  dropoutMask?: tf.Tensor;
  output: tf.Tensor;
  weights: tf.Tensor;
}

/**
 * With P = softmax(S), D the dropout mask, O = (P∘D)·V:
 *   dV = (P∘D)ᵀ·dO
 *   dS = P ∘ ((dO·Vᵀ)∘D − rowsum(dO∘O)), since rowsum((dO·Vᵀ)∘D∘P) = rowsum(dO∘O)
 *   dQ = scale · dS·K,  dK = scale · dSᵀ·Q.
 * dS is computed for each of dQ and dK: keeping it would hold one [B,H,Q,K] tensor per layer until the end of the backward pass.
 */
function gradients(dy: tf.Tensor, { query, key, value, dropoutMask, output, weights }: Saved, scale: number) {
  const masked = (tensor: tf.Tensor) => (dropoutMask ? tf.mul(tensor, dropoutMask) : tensor);
  const scoresGradient = () => {
    const weightsGradient = masked(tf.matMul(dy, value, false, true));
    return tf.mul(weights, tf.sub(weightsGradient, tf.sum(tf.mul(dy, output), -1, true)));
  };
  return {
    query: () => tf.mul(tf.matMul(scoresGradient(), key), scale),
    key: () => tf.mul(tf.matMul(scoresGradient(), query, true, false), scale),
    value: () => tf.matMul(masked(weights), dy, true, false),
    mask: () => refuseMaskGradient('mask'),
    dropoutMask: () => refuseMaskGradient('dropoutMask'),
  };
}

function refuseMaskGradient(name: string): never {
  throw new Error(`attention has no gradient for its ${name}: pass one that does not depend on trainable parameters.`);
}
