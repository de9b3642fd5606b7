import * as tf from '@tensorflow/tfjs-core';
import { Dropout } from './dropout.js';
import { attention } from './kernels/attention.js';
import { Linear } from './linear.js';
import { Module } from './module.js';

export interface MultiHeadAttentionOptions {
  /** Width of the queries, keys, values and the result; a multiple of `headCount`. */
  embedDim: number;
  headCount: number;
  /** Whether the query, key and value projections have biases. @default true */
  bias?: boolean;
  /** Dropout on the attention weights. @default 0 */
  dropout?: number;
  /** Names of the four projections in the state dict. @default query, key, value, output */
  names?: { query: string; key: string; value: string; output: string };
}

export interface MultiHeadAttentionInputs {
  /** Where the keys and values come from, [B,K,embedDim]. @default the queries themselves: self-attention */
  context?: tf.Tensor3D | undefined;
  /** Added to the scores, broadcast to [B,heads,Q,K]: 0 where attention is allowed, a large negative number where not. */
  mask?: tf.Tensor | undefined;
}

/** Multi-head attention with separate query, key, value and output projections (Vaswani et al. 2017). */
export class MultiHeadAttention extends Module {
  readonly headCount: number;
  readonly headDim: number;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly dropout: Dropout;

  constructor(options: MultiHeadAttentionOptions) {
    super();
    const { embedDim, headCount, bias = true, dropout = 0 } = options;
    const { names = { query: 'query', key: 'key', value: 'value', output: 'output' } } = options;
    this.headCount = headCount;
    this.headDim = embedDim / headCount;
    if (!(Number.isInteger(headCount) && headCount > 0 && Number.isInteger(this.headDim) && this.headDim > 0)) {
      throw new Error(`embedDim must be a multiple of headCount, got ${embedDim} and ${headCount}.`);
    }
    this.query = this.register(names.query, new Linear(embedDim, embedDim, { bias }));
    this.key = this.register(names.key, new Linear(embedDim, embedDim, { bias }));
    this.value = this.register(names.value, new Linear(embedDim, embedDim, { bias }));
    this.output = this.register(names.output, new Linear(embedDim, embedDim));
    this.dropout = this.register('dropout', new Dropout(dropout));
  }

  /**
   * @param x The queries, [B,Q,embedDim], float32.
   * @returns [B,Q,embedDim]
   */
  forward(x: tf.Tensor3D, { context = x, mask }: MultiHeadAttentionInputs = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const query = this.splitHeads(this.query.forward(x));
      const key = this.splitHeads(this.key.forward(context));
      const value = this.splitHeads(this.value.forward(context));
      const dropoutMask = this.dropout.mask([x.shape[0], this.headCount, x.shape[1], context.shape[1]]);
      const attended = attention(query, key, value, { mask, dropoutMask });
      const joined = tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), [...x.shape.slice(0, 2), -1]);
      return this.output.forward(joined) as tf.Tensor3D;
    });
  }

  /** [B,N,heads·d] to [B,heads,N,d]. */
  private splitHeads(x: tf.Tensor3D): tf.Tensor4D {
    const [batch, length] = x.shape;
    return tf.transpose(tf.reshape(x, [batch, length, this.headCount, this.headDim]), [0, 2, 1, 3]);
  }
}
