import * as tf from '@tensorflow/tfjs-core';
import type { Operations, Traced } from '../graph/operations.js';
import { elementCount } from '../graph/value.js';
import { defineKernel } from '../tracing/define-kernel.js';
import {
  type ConvolutionInfo,
  channelsFirst,
  channelsLast,
  type Shape4D,
  spreadWindows,
  type WindowAttributes,
  windowAttributes,
} from './convolutions.js';

interface PoolingAttributes extends WindowAttributes {
  filterSize: [number, number] | number;
}

defineKernel<PoolingAttributes>('MaxPool', ({ x }, attributes, operations) => {
  const info = poolingInfo(x!.shape, attributes);
  return channelsLast(maximumPool(x!, info, operations)[0], operations);
});

/** TensorFlow.js counts positions with channels last. */
defineKernel<PoolingAttributes & { includeBatchInIndex: boolean }>(
  'MaxPoolWithArgmax',
  ({ x }, { includeBatchInIndex, ...attributes }, operations) => {
    const info = poolingInfo(x!.shape, attributes);
    const [values, positions] = maximumPool(x!, info, operations);
    const [batch, height, width, channels] = x!.shape as Shape4D;
    const image = height * width;
    // In [B,C,H,W] an image's own positions begin at a number that is known for each image and channel.
    const changes = Array.from({ length: batch * channels }, (_, index) => {
      const channel = index % channels;
      const first = includeBatchInIndex ? Math.floor(index / channels) * image * channels : 0;
      return { start: index * image, first: first + channel };
    });
    const table = (numbers: number[]) => operations.constant(numbers, [batch, channels, 1, 1], 'int32');
    const inImage = operations.subtract(operations.cast(positions, 'int32'), table(changes.map(({ start }) => start)));
    const spread = operations.multiply(inImage, operations.scalar(channels, 'int32'));
    const places = operations.add(spread, table(changes.map(({ first }) => first)));
    return [channelsLast(values, operations), channelsLast(places, operations)];
  },
);

/** Each gradient goes to the place that the maximum came from. */
defineKernel<PoolingAttributes>('MaxPoolGrad', ({ dy, input }, attributes, operations) => {
  const [, positions] = maximumPool(input!, poolingInfo(input!.shape, attributes), operations);
  const [batch, height, width, channels] = input!.shape as Shape4D;
  const size = elementCount(input!.shape);
  const gradients = operations.reshape(channelsFirst(dy!, operations), [elementCount(dy!.shape)]);
  const flat = operations.reshape(positions, [elementCount(dy!.shape)]);
  const zeros = operations.filled(0, [size]);
  const scattered = operations.apply('ScatterElements', [zeros, flat, gradients], [size], 'float32', {
    axis: 0,
    reduction: 'add',
  });
  return channelsLast(operations.reshape(scattered, [batch, channels, height, width]), operations);
});

defineKernel<PoolingAttributes>('AvgPool', ({ x }, attributes, operations) => {
  const info = poolingInfo(x!.shape, attributes);
  // Padding is not averaged over, as in TensorFlow.js: ONNX' default.
  const shape = [info.batchSize, info.inChannels, info.outHeight, info.outWidth];
  const images = channelsFirst(x!, operations);
  return channelsLast(operations.apply('AveragePool', [images], shape, 'float32', window(info)), operations);
});

/**
 * Each gradient is spread over its window: a transposed convolution with ones, of the gradients divided by the windows' sizes.
 * (TensorFlow.js divides by the size of a whole window at the edges too, which is not the gradient of its own forward pass.)
 */
defineKernel<PoolingAttributes>('AvgPoolGrad', ({ dy, input }, attributes, operations) => {
  const info = poolingInfo(input!.shape, attributes);
  const shares = operations.constant(windowShares(info), [info.outHeight, info.outWidth, 1]);
  const ones = operations.filled(1, [info.inChannels, 1, info.filterHeight, info.filterWidth]);
  return spreadWindows(operations.multiply(dy!, shares), ones, info, info.inChannels, operations);
});

function poolingInfo(shape: readonly number[], attributes: PoolingAttributes): ConvolutionInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  return tf.backend_util.computePool2DInfo(shape as Shape4D, filterSize, strides, 1, pad as 'same', dimRoundingMode);
}

function window(info: ConvolutionInfo) {
  return { kernel_shape: [info.filterHeight, info.filterWidth], ...windowAttributes(info) };
}

/** [B,C,H',W']: the maxima, and where in the flat input [B,C,H,W] they are. */
function maximumPool(x: Traced, info: ConvolutionInfo, operations: Operations): [values: Traced, positions: Traced] {
  const shape = [info.batchSize, info.inChannels, info.outHeight, info.outWidth];
  const types = [
    { shape, dtype: 'float32' as const },
    { shape, dtype: 'int64' as const },
  ];
  return operations.applyAll('MaxPool', [channelsFirst(x, operations)], types, window(info)) as [Traced, Traced];
}

/** 1 / (number of the window's elements that lie inside the image), for each position of the window. */
function windowShares(info: ConvolutionInfo): Float32Array {
  const inside = (index: number, stride: number, before: number, filter: number, size: number) => {
    const start = index * stride - before;
    return Math.min(start + filter, size) - Math.max(start, 0);
  };
  const { top, left } = info.padInfo;
  return Float32Array.from({ length: info.outHeight * info.outWidth }, (_, index) => {
    const row = Math.floor(index / info.outWidth);
    const column = index % info.outWidth;
    const height = inside(row, info.strideHeight, top, info.filterHeight, info.inHeight);
    const width = inside(column, info.strideWidth, left, info.filterWidth, info.inWidth);
    return 1 / (height * width);
  });
}
