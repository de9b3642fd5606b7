import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import type { Operations, Traced } from '../graph/operations.js';
import { elementCount } from '../graph/value.js';
import { defineKernel } from '../tracing/define-kernel.js';
import { type FusedAttributes, finish } from './matrix-products.js';
import {
  convolveWindows,
  filterGradient,
  type Shape4D,
  spreadWindows,
  type WindowAttributes,
  windowsOf,
} from './windows.js';

type ConvolutionInfo = tf.backend_util.Conv2DInfo;

interface ConvolutionAttributes extends WindowAttributes<[number, number]> {
  /** Null of layers. */
  dilations?: [number, number] | number | null;
  dataFormat?: 'NHWC' | 'NCHW';
}

/*
 * TensorFlow.js has images [B,H,W,C] and filters [h,w,in,out], ONNX has [B,C,H,W] and [out,in,h,w]. ONNX Runtime removes transpositions
 * that cancel each other.
 */

// The fused kernels are the others with a bias and an activation.
for (const kernelName of ['Conv2D', 'FusedConv2D', 'DepthwiseConv2dNative', 'FusedDepthwiseConv2D']) {
  const isDepthwise = kernelName.includes('Depthwise');
  defineKernel<ConvolutionAttributes & FusedAttributes>(kernelName, (inputs, attributes, operations) => {
    const { x, filter } = inputs;
    const info = convolutionInfo(x!.shape, filter!.shape, attributes, isDepthwise);
    const product = isDepthwise
      ? convolution(x!, depthwiseWeights(filter!, operations), info, info.inChannels, operations)
      : convolve(x!, filter!, info, operations);
    return finish(product, inputs, attributes, operations);
  });
}

defineKernel<ConvolutionAttributes & { inputShape: Shape4D }>(
  'Conv2DBackpropInput',
  ({ dy, filter }, attributes, operations) => {
    const info = convolutionInfo(attributes.inputShape, filter!.shape, attributes);
    if (isPlain(info)) return plainInputGradient(dy!, filter!, info, operations);
    return spreadWindows(dy!, operations.transpose(filter!, [3, 2, 0, 1]), windowsOf(info), 1, operations);
  },
);

defineKernel<ConvolutionAttributes & { filterShape: Shape4D }>(
  'Conv2DBackpropFilter',
  ({ x, dy }, attributes, operations) => {
    const info = convolutionInfo(x!.shape, attributes.filterShape, attributes);
    if (isPlain(info)) return plainFilterGradient(x!, dy!, info, operations);
    // With batch and channels exchanged: the images are convolved with the gradients.
    const images = operations.transpose(x!, [3, 0, 1, 2]);
    const gradients = operations.transpose(dy!, [3, 0, 1, 2]);
    return operations.transpose(filterGradient(images, gradients, windowsOf(info), 1, operations), [2, 3, 0, 1]);
  },
);

defineKernel<ConvolutionAttributes & { inputShape: Shape4D }>(
  'DepthwiseConv2dNativeBackpropInput',
  ({ dy, filter }, attributes, operations) => {
    const info = convolutionInfo(attributes.inputShape, filter!.shape, attributes, true);
    return spreadWindows(dy!, depthwiseWeights(filter!, operations), windowsOf(info), info.inChannels, operations);
  },
);

/** A convolution of every pair of an image's channel and a gradient's channel would waste work: the batch goes into groups instead. */
defineKernel<ConvolutionAttributes & { filterShape: Shape4D }>(
  'DepthwiseConv2dNativeBackpropFilter',
  ({ x, dy }, attributes, operations) => {
    const { filterShape } = attributes;
    const info = convolutionInfo(x!.shape, filterShape, attributes, true);
    const [batch, height, width, channels] = x!.shape as Shape4D;
    const multiplier = filterShape[3];
    const [, outHeight, outWidth] = dy!.shape as Shape4D;
    // [1, channels·batch, H, W], a group for each channel, whose filters have the batch as input channels.
    const images = operations.reshape(operations.transpose(x!, [3, 0, 1, 2]), [1, channels * batch, height, width]);
    const gradients = operations.transpose(dy!, [3, 0, 1, 2]);
    const weights = operations.reshape(gradients, [channels * multiplier, batch, outHeight, outWidth]);
    const result = filterGradient(images, weights, windowsOf(info), channels, operations);
    const byChannel = operations.reshape(result, [channels, multiplier, filterShape[0], filterShape[1]]);
    return operations.transpose(byChannel, [2, 3, 0, 1]);
  },
);

function convolutionInfo(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations, dataFormat = 'NHWC', dimRoundingMode }: ConvolutionAttributes,
  isDepthwise = false,
): ConvolutionInfo {
  if (dataFormat !== 'NHWC') {
    throw new CompileError(
      `Convolutions are compiled for images with channels last (NHWC), but ${dataFormat} was asked for.`,
    );
  }
  return tf.backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations ?? 1,
    pad as 'same',
    dimRoundingMode,
    isDepthwise,
  );
}

function convolve(x: Traced, filter: Traced, info: ConvolutionInfo, operations: Operations): Traced {
  if (isPointwise(info)) return pointwise(x, operations.reshape(filter, filter.shape.slice(2)), {}, operations);
  return convolution(x, operations.transpose(filter, [3, 2, 0, 1]), info, 1, operations);
}

/** [h,w,channels,multiplier] to [channels·multiplier,1,h,w]. */
function depthwiseWeights(filter: Traced, operations: Operations): Traced {
  const [height, width, channels, multiplier] = filter.shape as Shape4D;
  return operations.reshape(operations.transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

function convolution(x: Traced, weights: Traced, info: ConvolutionInfo, group: number, operations: Operations): Traced {
  return convolveWindows(x, weights, windowsOf(info), info.outChannels, group, operations);
}

/** Neither strides nor dilation, and no more padding than the filter reaches over the edge: as good as all convolutions of networks. */
function isPlain(info: ConvolutionInfo): boolean {
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, filterHeight, filterWidth, padInfo } = info;
  const isDense = [strideHeight, strideWidth, dilationHeight, dilationWidth].every((step) => step === 1);
  const { top, bottom, left, right } = padInfo;
  return isDense && Math.max(top, bottom) < filterHeight && Math.max(left, right) < filterWidth;
}

/** A filter of one pixel: a matrix product on the images as they lie. */
function isPointwise(info: ConvolutionInfo): boolean {
  return isPlain(info) && info.filterHeight === 1 && info.filterWidth === 1;
}

/** [B,H,W,C] times [C,D] (or its transpose): [B,H,W,D]. */
function pointwise(x: Traced, matrix: Traced, options: { transposeB?: boolean }, operations: Operations): Traced {
  const product = operations.matrixProduct(pixels(x, operations), matrix, options);
  return operations.reshape(product, [...x.shape.slice(0, 3), product.shape[1]!]);
}

/** One row for each pixel. */
function pixels(x: Traced, operations: Operations): Traced {
  return operations.reshape(x, [elementCount(x.shape.slice(0, 3)), x.shape[3]!]);
}

/** A plain convolution's gradient of its input is a convolution with the filter turned around; ConvTranspose is far slower. */
function plainInputGradient(dy: Traced, filter: Traced, info: ConvolutionInfo, operations: Operations): Traced {
  if (isPointwise(info)) {
    return pointwise(dy, operations.reshape(filter, filter.shape.slice(2)), { transposeB: true }, operations);
  }
  const [height, width] = [info.filterHeight - 1, info.filterWidth - 1];
  const turned = operations.slice(filter, [height, width, 0, 0], filter.shape, [-1, -1, 1, 1]);
  const { top, left, bottom, right } = info.padInfo;
  const backwards: ConvolutionInfo = {
    ...info,
    outChannels: info.inChannels,
    outHeight: info.inHeight,
    outWidth: info.inWidth,
    padInfo: { ...info.padInfo, top: height - top, left: width - left, bottom: height - bottom, right: width - right },
  };
  return convolution(dy, operations.transpose(turned, [2, 3, 0, 1]), backwards, 1, operations);
}

/**
 * A plain convolution's gradient of its filter: for each place in the filter, the product of the images shifted so far with the output's
 * gradient, as matrices with a row for each pixel. With the gradient padded to the size of the padded images, a shift is a slice of rows.
 */
function plainFilterGradient(x: Traced, dy: Traced, info: ConvolutionInfo, operations: Operations): Traced {
  const { filterHeight, filterWidth, inChannels, outChannels, padInfo } = info;
  const { top, bottom, left, right } = padInfo;
  const around = (tensor: Traced, rows: [number, number], columns: [number, number]) =>
    operations.pad(tensor, [[0, 0], rows, columns, [0, 0]]);
  const images = pixels(around(x, [top, bottom], [left, right]), operations);
  const gradients = pixels(around(dy, [0, filterHeight - 1], [0, filterWidth - 1]), operations);
  const width = info.inWidth + left + right;
  // Behind the last gradient that is not zero.
  const length = images.shape[0]! - (filterHeight - 1) * width - (filterWidth - 1);
  const rowsFrom = (matrix: Traced, first: number) => operations.slice(matrix, [first, 0], [length, matrix.shape[1]!]);
  const taps = Array.from({ length: filterHeight * filterWidth }, (_, tap) => {
    const shift = Math.floor(tap / filterWidth) * width + (tap % filterWidth);
    return operations.matrixProduct(rowsFrom(images, shift), rowsFrom(gradients, 0), { transposeA: true });
  });
  return operations.reshape(operations.concatenate(taps, 0), [filterHeight, filterWidth, inChannels, outChannels]);
}
