import * as tf from '@tensorflow/tfjs-core';
import { constant } from './initializers.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

export interface BatchNorm2dOptions {
  /** Added to the variance. @default 1e-5 */
  epsilon?: number;
  /** Weight of the newest batch in the running mean and variance. @default 0.1 */
  momentum?: number;
}

/**
 * Batch normalization over every axis but the last, the channels (Ioffe and Szegedy 2015). In training mode it normalizes with the
 * batch's mean and biased variance and moves the running mean and (unbiased) variance towards them; in evaluation mode it normalizes
 * with the running ones. State dict: `weight`, `bias`, `running_mean`, `running_var`, all [channels], and `num_batches_tracked` [].
 */
export class BatchNorm2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly runningMean: Parameter;
  readonly runningVariance: Parameter;
  readonly batchesTracked: Parameter;
  readonly epsilon: number;
  readonly momentum: number;

  constructor(
    readonly channels: number,
    { epsilon = 1e-5, momentum = 0.1 }: BatchNorm2dOptions = {},
  ) {
    super();
    this.epsilon = epsilon;
    this.momentum = momentum;
    const buffer = (value: number) => new Parameter([channels], { initialize: constant(value), role: 'buffer' });
    this.weight = this.register('weight', new Parameter([channels], { initialize: constant(1) }));
    this.bias = this.register('bias', new Parameter([channels], { initialize: constant(0) }));
    this.runningMean = this.register('running_mean', buffer(0));
    this.runningVariance = this.register('running_var', buffer(1));
    const count = new Parameter([], { initialize: constant(0), dtype: 'int32', role: 'buffer' });
    this.batchesTracked = this.register('num_batches_tracked', count);
  }

  /**
   * @param x [B,H,W,channels], float32.
   * @returns the same shape.
   */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    if (x.shape[3] !== this.channels) {
      throw new Error(`BatchNorm2d expects an input of shape [B,H,W,${this.channels}], got [${x.shape}].`);
    }
    return tf.tidy(() => {
      const { mean, variance } = this.training
        ? this.trackedMoments(x)
        : { mean: this.runningMean.value, variance: this.runningVariance.value };
      const scale = tf.mul(tf.rsqrt(tf.add(variance, this.epsilon)), this.weight.value);
      return tf.add(tf.mul(tf.sub(x, mean), scale), this.bias.value) as tf.Tensor4D;
    });
  }

  private trackedMoments(x: tf.Tensor4D) {
    const count = x.size / this.channels;
    if (count < 2) {
      throw new Error(
        `BatchNorm2d cannot train on one value per channel (input [${x.shape}]): use a larger batch or eval().`,
      );
    }
    const moments = tf.moments(x, [0, 1, 2]);
    this.track(this.runningMean, moments.mean);
    this.track(this.runningVariance, tf.mul(moments.variance, count / (count - 1)));
    this.batchesTracked.assign(tf.add(this.batchesTracked.value, tf.scalar(1, 'int32')));
    return moments;
  }

  private track(running: Parameter, batch: tf.Tensor): void {
    running.assign(tf.add(tf.mul(running.value, 1 - this.momentum), tf.mul(batch, this.momentum)));
  }
}
