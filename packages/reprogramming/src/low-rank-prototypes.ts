import { Linear, Module } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { PrototypeSource } from './prototype-source.js';

/**
 * E' = U·(W·E) + b: `TextPrototypes` whose map of [V',V] is a product of [V',rank] and [rank,V], so that rank · (V + V') numbers are trained
 * instead of V · V'. State dict: `down.weight` [rank,V], `up.weight` [V',rank] and `up.bias` [V'].
 */
export class LowRankPrototypes extends Module implements PrototypeSource {
  private readonly down: Linear;
  private readonly up: Linear;

  constructor(
    readonly vocabularySize: number,
    readonly prototypeCount: number,
    rank: number,
  ) {
    super();
    this.down = this.register('down', new Linear(vocabularySize, rank, { bias: false }));
    this.up = this.register('up', new Linear(rank, prototypeCount));
  }

  forward(wordEmbeddings: tf.Tensor2D): tf.Tensor2D {
    return this.mixWords(this.up.weight.value as tf.Tensor2D, this.up.bias!.value, wordEmbeddings);
  }

  select(indices: readonly number[], wordEmbeddings: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const rows = tf.tensor1d([...indices], 'int32');
      const up = tf.gather(this.up.weight.value as tf.Tensor2D, rows);
      return this.mixWords(up, tf.gather(this.up.bias!.value, rows), wordEmbeddings);
    });
  }

  private mixWords(up: tf.Tensor2D, bias: tf.Tensor, wordEmbeddings: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const topics = tf.matMul(this.down.weight.value as tf.Tensor2D, wordEmbeddings);
      return tf.add(tf.matMul(up, topics), tf.expandDims(bias, 1));
    });
  }
}
