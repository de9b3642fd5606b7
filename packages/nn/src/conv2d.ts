import * as tf from '@tensorflow/tfjs-core';
import { constant, kaimingUniform, uniform } from './initializers.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

export interface Conv2dOptions {
  inChannels: number;
  outChannels: number;
  kernelSize: number | readonly [number, number];
  /** @default 1 */
  stride?: number;
  /** Zeros added on every side. @default 0 */
  padding?: number;
  /** @default true */
  bias?: boolean;
  /** What every bias is at first. @default uniform random numbers, as in PyTorch */
  initialBias?: number | undefined;
}

/**
 * Two-dimensional convolution (cross-correlation, as in PyTorch) over images with their channels last.
 * State dict: `weight` [outChannels,inChannels,kernelHeight,kernelWidth] and `bias` [outChannels], initialized as in PyTorch.
 */
export class Conv2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  readonly stride: number;
  readonly padding: number;

  constructor(options: Conv2dOptions) {
    super();
    const { inChannels, outChannels, kernelSize, stride = 1, padding = 0, bias = true, initialBias } = options;
    const [height, width] = typeof kernelSize === 'number' ? [kernelSize, kernelSize] : kernelSize;
    this.stride = stride;
    this.padding = padding;
    const shape = [outChannels, inChannels, height, width];
    this.weight = this.register(
      'weight',
      new Parameter(shape, { initialize: kaimingUniform(), memoryOrder: [2, 3, 1, 0] }),
    );
    if (bias) {
      const bound = 1 / Math.sqrt(inChannels * height * width);
      const initialize = initialBias === undefined ? uniform(bound) : constant(initialBias);
      this.bias = this.register('bias', new Parameter([outChannels], { initialize }));
    }
  }

  /**
   * @param x [B,H,W,inChannels], float32.
   * @returns [B,H',W',outChannels] with H' = ⌊(H + 2·padding − kernelHeight) / stride⌋ + 1.
   */
  forward(x: tf.Tensor4D): tf.Tensor4D {
    if (x.shape[3] !== this.weight.shape[1]) {
      throw new Error(`Conv2d expects an input of shape [B,H,W,${this.weight.shape[1]}], got [${x.shape}].`);
    }
    return tf.tidy(() => {
      const y = this.convolve(x, this.weight.value as tf.Tensor4D);
      return this.bias ? tf.add(y, this.bias.value) : y;
    });
  }

  /**
   * tfjs' native backend knows no padding but 'same' and 'valid', and tfjs-core takes a number to mean square kernels: so zeros are put
   * around the image here, unless 'same' means the same.
   */
  private convolve(x: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D {
    const { stride, padding } = this;
    const centered = filter.shape[0] === 2 * padding + 1 && filter.shape[1] === 2 * padding + 1;
    if (stride === 1 && centered) return tf.conv2d(x, filter, 1, 'same');
    const around: [number, number] = [padding, padding];
    return tf.conv2d(padding === 0 ? x : tf.pad(x, [[0, 0], around, around, [0, 0]]), filter, stride, 'valid');
  }
}
