import * as tf from '@tensorflow/tfjs-core';

/**
 * The kernel `Conv2DBackpropFilter`, the gradient of a convolution with respect to its filter, for a backend that lacks it, composed of
 * kernels that it has: nothing leaves the device.
 *
 * Each tap `(i, j)` of the filter multiplied every output position with the input shifted by `(i, j)`, so its gradient `[Cin, Cout]` is one
 * matrix product: that shifted input, `[Cin, B·Hout·Wout]`, times `dy` as `[B·Hout·Wout, Cout]`.
 *
 * Inputs `x [B, H, W, Cin]` and `dy [B, Hout, Wout, Cout]`, output `[filterHeight, filterWidth, Cin, Cout]`, all float32, layout NHWC.
 */
export const conv2dBackpropFilter: tf.KernelFunc = ({ inputs, attrs }) => {
  const { x, dy } = inputs as unknown as { x: tf.Tensor4D; dy: tf.Tensor4D };
  const { strides, pad, dataFormat, dimRoundingMode, filterShape } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
  const convolution = tf.backend_util.computeConv2DInfo(
    x.shape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    tf.backend_util.convertConv2DDataFormat(dataFormat),
  );
  if (convolution.dataFormat !== 'channelsLast') {
    throw new Error(`Conv2DBackpropFilter computes the layout NHWC only, not ${dataFormat}: transpose the input.`);
  }
  return tf.tidy(() => {
    const { filterHeight, filterWidth, outChannels } = convolution;
    const padded = padForTaps(x, convolution);
    const dyRows = tf.reshape(dy, [-1, outChannels]) as tf.Tensor2D;
    const taps: tf.Tensor2D[] = [];
    for (let i = 0; i < filterHeight; i++) {
      for (let j = 0; j < filterWidth; j++) {
        taps.push(tf.tidy(() => tf.matMul(tf.transpose(shiftedRows(padded, i, j, convolution)), dyRows)));
      }
    }
    return tf.reshape(tf.concat(taps, 0), filterShape);
  });
};

/** Pads `x` so that the window of every tap lies inside it: also on the right and below, where padding rounded down falls short. */
function padForTaps(x: tf.Tensor4D, convolution: tf.backend_util.Conv2DInfo): tf.Tensor4D {
  const { padInfo, inHeight, inWidth } = convolution;
  const bottom = Math.max(0, lastRow(convolution) - inHeight - padInfo.top);
  const right = Math.max(0, lastColumn(convolution) - inWidth - padInfo.left);
  if (padInfo.top + padInfo.left + bottom + right === 0) return x;
  return tf.pad(x, [
    [0, 0],
    [padInfo.top, bottom],
    [padInfo.left, right],
    [0, 0],
  ]);
}

/** The input as tap `(i, j)` saw it, one row per output position: `[B·Hout·Wout, Cin]`. */
function shiftedRows(
  padded: tf.Tensor4D,
  i: number,
  j: number,
  { batchSize, inChannels, outHeight, outWidth, strideHeight, strideWidth }: tf.backend_util.Conv2DInfo,
): tf.Tensor2D {
  const height = (outHeight - 1) * strideHeight + 1;
  const width = (outWidth - 1) * strideWidth + 1;
  const window = tf.slice(padded, [0, i, j, 0], [batchSize, height, width, inChannels]);
  const seen =
    strideHeight === 1 && strideWidth === 1
      ? window
      : tf.stridedSlice(window, [0, 0, 0, 0], window.shape, [1, strideHeight, strideWidth, 1]);
  return tf.reshape(seen, [-1, inChannels]);
}

function lastRow({ outHeight, strideHeight, filterHeight }: tf.backend_util.Conv2DInfo): number {
  return (outHeight - 1) * strideHeight + filterHeight;
}

function lastColumn({ outWidth, strideWidth, filterWidth }: tf.backend_util.Conv2DInfo): number {
  return (outWidth - 1) * strideWidth + filterWidth;
}
