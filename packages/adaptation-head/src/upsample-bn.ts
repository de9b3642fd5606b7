import { BatchNorm2d, bilinearResize, Conv2d, Module } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';

export interface UpsampleBNOptions {
  inChannels: number;
  outChannels: number;
  /** Channels of an image that is concatenated with the features before the convolutions. @default 0, none */
  skipChannels?: number;
}

/**
 * One stage of the adaptation head (LLM-MDE II-C): bilinear resize to twice the size, then twice a 3×3 convolution, batch normalization
 * and LeakyReLU, and the resized features added to the result (the paper's residual connection, after ResNet: through a 1×1
 * convolution where the number of channels changes).
 *
 * State dict: `conv1`, `bn1`, `conv2`, `bn2`, and `shortcut`, if any. The convolutions have no bias: the normalization's
 * takes its place.
 */
export class UpsampleBN extends Module {
  private readonly convolutions: readonly [Conv2d, Conv2d];
  private readonly norms: readonly [BatchNorm2d, BatchNorm2d];
  private readonly shortcut: Conv2d | undefined;

  constructor({ inChannels, outChannels, skipChannels = 0 }: UpsampleBNOptions) {
    super();
    const entering = inChannels + skipChannels;
    const convolution = (name: string, channels: number) =>
      this.register(name, new Conv2d({ inChannels: channels, outChannels, kernelSize: 3, padding: 1, bias: false }));
    const conv1 = convolution('conv1', entering);
    const bn1 = this.register('bn1', new BatchNorm2d(outChannels));
    const conv2 = convolution('conv2', outChannels);
    const bn2 = this.register('bn2', new BatchNorm2d(outChannels));
    this.convolutions = [conv1, conv2];
    this.norms = [bn1, bn2];
    if (entering !== outChannels) {
      const projection = new Conv2d({ inChannels: entering, outChannels, kernelSize: 1, bias: false });
      this.shortcut = this.register('shortcut', projection);
    }
  }

  /**
   * @param x [B,H,W,inChannels], float32.
   * @param image [B,any height,any width,skipChannels]; resized with antialiasing.
   * @returns [B,2H,2W,outChannels]
   */
  forward(x: tf.Tensor4D, image?: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const size: [number, number] = [2 * x.shape[1], 2 * x.shape[2]];
      const large = bilinearResize(x, size);
      const entering = image ? tf.concat([large, bilinearResize(image, size, { antialias: true })], 3) : large;
      let y = entering;
      for (const index of [0, 1] as const) {
        y = leakyRelu(this.norms[index].forward(this.convolutions[index].forward(y)));
      }
      return tf.add(y, this.shortcut ? this.shortcut.forward(entering) : entering);
    });
  }
}

/** max(x, 0.01·x), with PyTorch's slope: `tf.leakyRelu` has no gradient in TensorFlow.js. */
function leakyRelu(x: tf.Tensor4D): tf.Tensor4D {
  return tf.maximum(x, tf.mul(x, 0.01));
}
