import type * as tf from '@tensorflow/tfjs-core';
import { constant } from './initializers.js';
import { rmsNormalization } from './kernels/rms-normalization.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

export interface RmsNormOptions {
  /** Added to the mean square. @default 1e-6 */
  epsilon?: number;
}

/** Root mean square normalization over the last axis. State dict: `weight` [D] (ones). */
export class RmsNorm extends Module {
  readonly weight: Parameter;
  readonly epsilon: number;

  constructor(
    readonly features: number,
    { epsilon = 1e-6 }: RmsNormOptions = {},
  ) {
    super();
    this.epsilon = epsilon;
    this.weight = this.register('weight', new Parameter([features], { initialize: constant(1) }));
  }

  /**
   * @param x [..., D], float32.
   * @returns the same shape.
   */
  forward<T extends tf.Tensor>(x: T): T {
    if (x.shape.at(-1) !== this.features) {
      throw new Error(`RmsNorm expects an input of shape [..., ${this.features}], got [${x.shape}].`);
    }
    return rmsNormalization(x, this.weight.value, this.epsilon);
  }
}
