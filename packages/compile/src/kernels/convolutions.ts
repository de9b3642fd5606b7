import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import type { Operations, Traced } from '../graph/operations.js';
import { type Attributes, elementCount } from '../graph/value.js';
import { defineKernel } from '../tracing/define-kernel.js';
import { type FusedAttributes, finish } from './matrix-products.js';

type Shape4D = [number, number, number, number];
type ConvolutionInfo = tf.backend_util.Conv2DInfo;

interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dilations?: [number, number] | number;
  dataFormat?: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/*
 * TensorFlow.js has images [B,H,W,C] and filters [h,w,in,out], ONNX has [B,C,H,W] and [out,in,h,w]. ONNX Runtime removes transpositions
 * that cancel each other.
 */

defineKernel<ConvolutionAttributes>('Conv2D', ({ x, filter }, attributes, operations) =>
  convolve(x!, filter!, convolutionInfo(x!.shape, filter!.shape, attributes), operations),
);

defineKernel<ConvolutionAttributes & FusedAttributes>('FusedConv2D', (inputs, attributes, operations) => {
  const { x, filter } = inputs;
  const product = convolve(x!, filter!, convolutionInfo(x!.shape, filter!.shape, attributes), operations);
  return finish(product, inputs, attributes, operations);
});

defineKernel<ConvolutionAttributes & { inputShape: Shape4D }>(
  'Conv2DBackpropInput',
  ({ dy, filter }, attributes, operations) => {
    const info = convolutionInfo(attributes.inputShape, filter!.shape, attributes);
    if (isPlain(info)) return inputGradient(dy!, filter!, info, operations);
    const weights = operations.transpose(filter!, [3, 2, 0, 1]);
    return channelsLast(
      transposedConvolution(channelsFirst(dy!, operations), weights, info, 1, operations),
      operations,
    );
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
    return operations.transpose(filterGradient(images, gradients, info, 1, operations), [2, 3, 0, 1]);
  },
);

defineKernel<ConvolutionAttributes>('DepthwiseConv2dNative', ({ x, filter }, attributes, operations) =>
  convolveDepthwise(x!, filter!, convolutionInfo(x!.shape, filter!.shape, attributes, true), operations),
);

defineKernel<ConvolutionAttributes & FusedAttributes>('FusedDepthwiseConv2D', (inputs, attributes, operations) => {
  const { x, filter } = inputs;
  const product = convolveDepthwise(
    x!,
    filter!,
    convolutionInfo(x!.shape, filter!.shape, attributes, true),
    operations,
  );
  return finish(product, inputs, attributes, operations);
});

defineKernel<ConvolutionAttributes & { inputShape: Shape4D }>(
  'DepthwiseConv2dNativeBackpropInput',
  ({ dy, filter }, attributes, operations) => {
    const info = convolutionInfo(attributes.inputShape, filter!.shape, attributes, true);
    const weights = depthwiseWeights(filter!, operations);
    const gradient = transposedConvolution(channelsFirst(dy!, operations), weights, info, info.inChannels, operations);
    return channelsLast(gradient, operations);
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
    const result = filterGradient(images, weights, info, channels, operations);
    const byChannel = operations.reshape(result, [channels, multiplier, filterShape[0], filterShape[1]]);
    return operations.transpose(byChannel, [2, 3, 0, 1]);
  },
);

function convolutionInfo(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations = 1, dataFormat = 'NHWC', dimRoundingMode }: ConvolutionAttributes,
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
    dilations,
    pad as 'same',
    dimRoundingMode,
    isDepthwise,
  );
}

function convolve(x: Traced, filter: Traced, info: ConvolutionInfo, operations: Operations): Traced {
  if (isPointwise(info)) return pointwise(x, operations.reshape(filter, filter.shape.slice(2)), {}, operations);
  const weights = operations.transpose(filter, [3, 2, 0, 1]);
  return channelsLast(convolution(channelsFirst(x, operations), weights, info, 1, operations), operations);
}

function convolveDepthwise(x: Traced, filter: Traced, info: ConvolutionInfo, operations: Operations): Traced {
  const weights = depthwiseWeights(filter, operations);
  return channelsLast(
    convolution(channelsFirst(x, operations), weights, info, info.inChannels, operations),
    operations,
  );
}

/** [h,w,channels,multiplier] to [channels·multiplier,1,h,w]. */
function depthwiseWeights(filter: Traced, operations: Operations): Traced {
  const [height, width, channels, multiplier] = filter.shape as Shape4D;
  return operations.reshape(operations.transpose(filter, [2, 3, 0, 1]), [channels * multiplier, 1, height, width]);
}

function channelsFirst(x: Traced, operations: Operations): Traced {
  return operations.transpose(x, [0, 3, 1, 2]);
}

function channelsLast(x: Traced, operations: Operations): Traced {
  return operations.transpose(x, [0, 2, 3, 1]);
}

function padding({ padInfo: { top, left, bottom, right } }: ConvolutionInfo): number[] {
  return [top, left, bottom, right];
}

function convolution(x: Traced, weights: Traced, info: ConvolutionInfo, group: number, operations: Operations): Traced {
  const shape = [info.batchSize, info.outChannels, info.outHeight, info.outWidth];
  return operations.apply('Conv', [x, weights], shape, 'float32', {
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: padding(info),
    group,
  });
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
function inputGradient(dy: Traced, filter: Traced, info: ConvolutionInfo, operations: Operations): Traced {
  if (isPointwise(info)) {
    return pointwise(dy, operations.reshape(filter, filter.shape.slice(2)), { transposeB: true }, operations);
  }
  const { filterHeight, filterWidth, padInfo } = info;
  const { top, left, bottom, right } = padInfo;
  const begin = [filterHeight - 1, filterWidth - 1, 0, 0];
  const turned = operations.slice(filter, begin, filter.shape, [-1, -1, 1, 1]);
  const [height, width] = [filterHeight - 1, filterWidth - 1];
  const gradient = operations.apply(
    'Conv',
    [channelsFirst(dy, operations), operations.transpose(turned, [2, 3, 0, 1])],
    [info.batchSize, info.inChannels, info.inHeight, info.inWidth],
    'float32',
    {
      strides: [1, 1],
      dilations: [1, 1],
      pads: [height - top, width - left, height - bottom, width - right],
      group: 1,
    },
  );
  return channelsLast(gradient, operations);
}

/**
 * A plain convolution's gradient of its filter: for each place in the filter, the product of the images shifted so far with the output's
 * gradient, as matrices with a row for each pixel. With the gradient padded to the size of the padded images, a shift is a slice of rows.
 */
function plainFilterGradient(x: Traced, dy: Traced, info: ConvolutionInfo, operations: Operations): Traced {
  const { filterHeight, filterWidth, inChannels, outChannels, padInfo } = info;
  const { top, bottom, left, right } = padInfo;
  const around = (tensor: Traced, rows: [number, number], columns: [number, number]) =>
    [...rows, ...columns].every((amount) => amount === 0)
      ? tensor
      : operations.pad(tensor, [[0, 0], rows, columns, [0, 0]]);
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

/** The gradient of a convolution's input. */
function transposedConvolution(
  dy: Traced,
  weights: Traced,
  info: ConvolutionInfo,
  group: number,
  operations: Operations,
): Traced {
  const { dilationHeight, dilationWidth } = info;
  const attributes = { dilations: [dilationHeight, dilationWidth], group };
  return spreadWindows(dy, weights, { ...info, channels: info.inChannels, attributes }, operations);
}

export interface WindowInfo
  extends Pick<
    ConvolutionInfo,
    | 'batchSize'
    | 'inHeight'
    | 'inWidth'
    | 'outHeight'
    | 'outWidth'
    | 'strideHeight'
    | 'strideWidth'
    | 'effectiveFilterHeight'
    | 'effectiveFilterWidth'
    | 'padInfo'
  > {
  channels: number;
  attributes: Attributes;
}

/**
 * A transposed convolution whose result has the size of the image that the windows were taken from. What lies over its edges is cut off;
 * rows and columns that no window reached, because a stride left them over, are zero.
 */
export function spreadWindows(dy: Traced, weights: Traced, info: WindowInfo, operations: Operations): Traced {
  const { top, left } = info.padInfo;
  const bottom = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight - top - info.inHeight;
  const right = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth - left - info.inWidth;
  const shape = [info.batchSize, info.channels, info.inHeight + Math.min(0, bottom), info.inWidth + Math.min(0, right)];
  const spread = operations.apply('ConvTranspose', [dy, weights], shape, 'float32', {
    ...info.attributes,
    strides: [info.strideHeight, info.strideWidth],
    pads: [top, left, Math.max(0, bottom), Math.max(0, right)],
  });
  if (bottom >= 0 && right >= 0) return spread;
  return operations.pad(spread, [
    [0, 0],
    [0, 0],
    [0, Math.max(0, -bottom)],
    [0, Math.max(0, -right)],
  ]);
}

/**
 * The gradient of a filter is a convolution too, of the input with the output's gradient, in which stride and dilation have changed
 * places. What a stride left over makes the result larger than the filter: it is cut off.
 */
function filterGradient(
  images: Traced,
  gradients: Traced,
  info: ConvolutionInfo,
  group: number,
  operations: Operations,
): Traced {
  const { top, bottom, left, right } = info.padInfo;
  const size = (input: number, out: number, stride: number, dilation: number) =>
    Math.floor((input - ((out - 1) * stride + 1)) / dilation) + 1;
  const height = size(info.inHeight + top + bottom, info.outHeight, info.strideHeight, info.dilationHeight);
  const width = size(info.inWidth + left + right, info.outWidth, info.strideWidth, info.dilationWidth);
  const [batch, channels] = [images.shape[0]!, gradients.shape[0]!];
  const result = operations.apply('Conv', [images, gradients], [batch, channels, height, width], 'float32', {
    strides: [info.dilationHeight, info.dilationWidth],
    dilations: [info.strideHeight, info.strideWidth],
    pads: padding(info),
    group,
  });
  return operations.slice(result, [0, 0, 0, 0], [batch, channels, info.filterHeight, info.filterWidth]);
}
