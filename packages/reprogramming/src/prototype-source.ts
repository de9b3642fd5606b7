import type { Module } from '@llm-mde/nn';
import type * as tf from '@tensorflow/tfjs-core';

/** Where text prototypes come from: a module that makes V' of them from V words. */
export interface PrototypeSource extends Module {
  readonly vocabularySize: number;
  readonly prototypeCount: number;
  /**
   * @param wordEmbeddings [V,D], float32. A plain tensor, or a frozen parameter's value, gets no gradient.
   * @returns [V',D]
   */
  forward(wordEmbeddings: tf.Tensor2D): tf.Tensor2D;
  /** Some of the prototypes, by number, [indices.length,D]: what `forward` gives in these rows. For inspection. */
  select(indices: readonly number[], wordEmbeddings: tf.Tensor2D): tf.Tensor2D;
}
