import * as tf from '@tensorflow/tfjs-core';
import { Dropout } from './dropout.js';
import { attention, attentionWeights } from './kernels/attention.js';
import { Linear } from './linear.js';
import { Module } from './module.js';

export interface MultiHeadAttentionOptions {
  /** Width of the queries, and of the keys and values unless `keyFeatures` says otherwise. */
  queryFeatures: number;
  headCount: number;
  /** Width of the keys and values that are attended to. @default queryFeatures */
  keyFeatures?: number;
  /** Width of one head. @default ⌊queryFeatures / headCount⌋ */
  headFeatures?: number;
  /** Width of the result. @default queryFeatures */
  outFeatures?: number;
  /** Whether the query, key and value projections have biases. @default true */
  bias?: boolean;
  /** Dropout on the attention weights. @default 0 */
  dropout?: number;
  /** Names of the four projections in the state dict. @default query, key, value, output */
  names?: { query: string; key: string; value: string; output: string };
}

export interface MultiHeadAttentionInputs {
  /** What is attended to, [B,K,keyFeatures]. @default the queries themselves: self-attention */
  context?: tf.Tensor3D | undefined;
  /** Added to the scores, broadcast to [B,heads,Q,K]: 0 where attention is allowed, a large negative number where not. */
  mask?: tf.Tensor | undefined;
}

/** Multi-head attention with separate query, key, value and output projections (Vaswani et al. 2017). */
export class MultiHeadAttention extends Module {
  readonly headCount: number;
  readonly headFeatures: number;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly dropout: Dropout;

  constructor(options: MultiHeadAttentionOptions) {
    super();
    const { queryFeatures, headCount, keyFeatures = queryFeatures, outFeatures = queryFeatures, bias = true } = options;
    const { names = { query: 'query', key: 'key', value: 'value', output: 'output' }, dropout = 0 } = options;
    this.headCount = headCount;
    this.headFeatures = options.headFeatures ?? Math.floor(queryFeatures / headCount);
    if (!(Number.isInteger(headCount) && headCount > 0 && this.headFeatures > 0)) {
      throw new Error(
        `${headCount} heads of width ${this.headFeatures} make no attention; both must be positive integers.`,
      );
    }
    const width = headCount * this.headFeatures;
    this.query = this.register(names.query, new Linear(queryFeatures, width, { bias }));
    this.key = this.register(names.key, new Linear(keyFeatures, width, { bias }));
    this.value = this.register(names.value, new Linear(keyFeatures, width, { bias }));
    this.output = this.register(names.output, new Linear(width, outFeatures));
    this.dropout = this.register('dropout', new Dropout(dropout));
  }

  /**
   * @param x The queries, [B,Q,queryFeatures], float32.
   * @returns [B,Q,outFeatures]
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

  /** Which key each query attends to and how much, [B,heads,Q,K], summing to 1 over K; without dropout. For looking at. */
  attentionWeights(x: tf.Tensor3D, { context = x, mask }: MultiHeadAttentionInputs = {}): tf.Tensor4D {
    return tf.tidy(() => {
      const query = this.splitHeads(this.query.forward(x));
      const key = this.splitHeads(this.key.forward(context));
      return attentionWeights(query, key, { mask });
    });
  }

  /** [B,N,heads·d] to [B,heads,N,d]. */
  private splitHeads(x: tf.Tensor3D): tf.Tensor4D {
    const [batch, length] = x.shape;
    return tf.transpose(tf.reshape(x, [batch, length, this.headCount, this.headFeatures]), [0, 2, 1, 3]);
  }
}
