import { constant, Module, Parameter } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type KMeansOptions, kMeans } from './k-means.js';
import type { PrototypeSource } from './prototype-source.js';

/**
 * Prototypes that are made once, the centers of clusters of the word embeddings (k-means), and are not trained. State dict: `prototypes`
 * [V',D], a buffer; zeros until `make`, or until it is loaded.
 */
export class ClusteredPrototypes extends Module implements PrototypeSource {
  readonly prototypes: Parameter;

  constructor(
    readonly vocabularySize: number,
    readonly prototypeCount: number,
    languageFeatures: number,
  ) {
    super();
    const options = { initialize: constant(0), role: 'buffer' } as const;
    this.prototypes = this.register('prototypes', new Parameter([prototypeCount, languageFeatures], options));
  }

  /** Makes them from the word embeddings, [V,D]. */
  async make(wordEmbeddings: tf.Tensor2D, options?: KMeansOptions): Promise<void> {
    this.prototypes.load(await kMeans(wordEmbeddings, this.prototypeCount, options));
  }

  forward(): tf.Tensor2D {
    return this.prototypes.value.clone() as tf.Tensor2D;
  }

  select(indices: readonly number[]): tf.Tensor2D {
    return tf.tidy(() => tf.gather(this.prototypes.value as tf.Tensor2D, tf.tensor1d([...indices], 'int32')));
  }
}
