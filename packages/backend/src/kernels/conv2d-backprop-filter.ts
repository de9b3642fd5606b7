import * as tf from '@tensorflow/tfjs-core';

/**
 * The kernel `Conv2DBackpropFilter`, the gradient of a convolution with respect to its filter, for a backend that lacks it, composed of
 * kernels that it has: nothing leaves the device.
 *
 * It is a convolution too: of the input with the output's gradient as the filter, batch and channels exchanged, in which stride and
 * dilation have changed places.
 *
 * Inputs `x [B, H, W, Cin]` and `dy [B, Hout, Wout, Cout]`, output `[filterHeight, filterWidth, Cin, Cout]`, all float32, layout NHWC.
 */
export const conv2dBackpropFilter: tf.KernelFunc = ({ inputs, attrs }) => {
  const { x, dy } = inputs as unknown as { x: tf.Tensor4D; dy: tf.Tensor4D };
  const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
  if (dataFormat !== 'NHWC') {
    throw new Error(`Conv2DBackpropFilter computes the layout NHWC only, not ${dataFormat}: transpose the input.`);
  }
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode);
  const { padInfo, strideHeight, strideWidth } = info;
  // Also on the right and below, where padding rounded down falls short.
  const bottom = (info.outHeight - 1) * strideHeight + info.filterHeight - info.inHeight - padInfo.top;
  const right = (info.outWidth - 1) * strideWidth + info.filterWidth - info.inWidth - padInfo.left;
  return tf.tidy(() => {
    const images = tf.pad(tf.transpose(x, [3, 1, 2, 0]), [
      [0, 0],
      [padInfo.top, Math.max(0, bottom)],
      [padInfo.left, Math.max(0, right)],
      [0, 0],
    ]);
    const gradients = tf.transpose(dy, [1, 2, 0, 3]);
    const all = tf.conv2d(images, gradients, 1, 'valid', 'NHWC', [strideHeight, strideWidth]);
    return tf.transpose(tf.slice(all, [0, 0, 0, 0], [-1, info.filterHeight, info.filterWidth, -1]), [1, 2, 0, 3]);
  });
};
