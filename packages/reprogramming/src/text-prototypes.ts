import { kaimingUniform, Module, Parameter, uniform } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { PrototypeSource } from './prototype-source.js';

/**
 * E' = W·E + b: a linear map along the vocabulary, from the V word embeddings of a frozen language model to V' text prototypes, each a
 * mixture of words (LLM-MDE II-A). State dict: `weight` [V',V] and `bias` [V'], one number per prototype, initialized as
 * `torch.nn.Linear(V, V')` is; it equals that Linear on the transposed embeddings.
 */
export class TextPrototypes extends Module implements PrototypeSource {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(
    readonly vocabularySize: number,
    readonly prototypeCount: number,
  ) {
    super();
    this.weight = this.register(
      'weight',
      new Parameter([prototypeCount, vocabularySize], { initialize: kaimingUniform() }),
    );
    const initialize = uniform(1 / Math.sqrt(vocabularySize));
    this.bias = this.register('bias', new Parameter([prototypeCount], { initialize }));
  }

  forward(wordEmbeddings: tf.Tensor2D): tf.Tensor2D {
    return mixWords(this.weight.value as tf.Tensor2D, this.bias.value as tf.Tensor1D, wordEmbeddings);
  }

  select(indices: readonly number[], wordEmbeddings: tf.Tensor2D): tf.Tensor2D {
    return tf.tidy(() => {
      const rows = tf.tensor1d([...indices], 'int32');
      const weight = tf.gather(this.weight.value as tf.Tensor2D, rows);
      return mixWords(weight, tf.gather(this.bias.value as tf.Tensor1D, rows), wordEmbeddings);
    });
  }
}

function mixWords(weight: tf.Tensor2D, bias: tf.Tensor1D, wordEmbeddings: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => tf.add(tf.matMul(weight, wordEmbeddings), tf.expandDims(bias, 1)));
}
