import * as tf from '@tensorflow/tfjs-core';
import { normal } from './initializers.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/** A table of vectors looked up by index. State dict: `weight` [count,features], standard normal as in PyTorch. */
export class Embedding extends Module {
  readonly weight: Parameter;

  constructor(
    readonly count: number,
    readonly features: number,
  ) {
    super();
    this.weight = this.register('weight', new Parameter([count, features], { initialize: normal() }));
  }

  /**
   * @param indices [...], int32, each from 0 to count − 1. The values are not checked: that would read them back from the device.
   * @returns [..., features]
   */
  forward(indices: tf.Tensor): tf.Tensor {
    return tf.gather(this.weight.value, tf.cast(indices, 'int32') as tf.Tensor1D);
  }
}
