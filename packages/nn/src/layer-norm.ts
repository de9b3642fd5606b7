import type * as tf from '@tensorflow/tfjs-core';
import { constant } from './initializers.js';
import { layerNormalization } from './kernels/layer-normalization.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

export interface LayerNormOptions {
  /** Added to the variance. @default 1e-5 */
  epsilon?: number;
}

/** Layer normalization over the last axis. State dict: `weight` [D] (ones) and `bias` [D] (zeros). */
export class LayerNorm extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly epsilon: number;

  constructor(
    readonly features: number,
    { epsilon = 1e-5 }: LayerNormOptions = {},
  ) {
    super();
    this.epsilon = epsilon;
    this.weight = this.register('weight', new Parameter([features], { initialize: constant(1) }));
    this.bias = this.register('bias', new Parameter([features], { initialize: constant(0) }));
  }

  /**
   * @param x [..., D], float32.
   * @returns the same shape.
   */
  forward<T extends tf.Tensor>(x: T): T {
    if (x.shape.at(-1) !== this.features) {
      throw new Error(`LayerNorm expects an input of shape [..., ${this.features}], got [${x.shape}].`);
    }
    return layerNormalization(x, this.weight.value, this.bias.value, this.epsilon);
  }
}
