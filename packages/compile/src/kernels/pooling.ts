import * as tf from '@tensorflow/tfjs-core';
import type { Operations, Traced } from '../graph/operations.js';
import { elementCount } from '../graph/value.js';
import { defineKernel } from '../tracing/define-kernel.js';
import { spreadWindows } from './convolutions.js';

type Shape4D = [number, number, number, number];
type PoolingInfo = tf.backend_util.Conv2DInfo;

interface PoolingAttributes {
  filterSize: [number, number] | number;
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

defineKernel<PoolingAttributes>('MaxPool', ({ x }, attributes, operations) => {
  const info = poolingInfo(x!.shape, attributes);
  return operations.transpose(maximumPool(x!, info, operations).values, [0, 2, 3, 1]);
});

/** Each gradient goes to the place that the maximum came from. */
defineKernel<PoolingAttributes>('MaxPoolGrad', ({ dy, input }, attributes, operations) => {
  const { positions } = maximumPool(input!, poolingInfo(input!.shape, attributes), operations);
  const [batch, height, width, channels] = input!.shape as Shape4D;
  const size = elementCount(input!.shape);
  const gradients = operations.reshape(operations.transpose(dy!, [0, 3, 1, 2]), [elementCount(dy!.shape)]);
  const flat = operations.reshape(positions, [elementCount(dy!.shape)]);
  const zeros = operations.filled(0, [size]);
  const scattered = operations.apply('ScatterElements', [zeros, flat, gradients], [size], 'float32', {
    axis: 0,
    reduction: 'add',
  });
  return operations.transpose(operations.reshape(scattered, [batch, channels, height, width]), [0, 2, 3, 1]);
});

defineKernel<PoolingAttributes>('AvgPool', ({ x }, attributes, operations) => {
  const info = poolingInfo(x!.shape, attributes);
  const images = operations.transpose(x!, [0, 3, 1, 2]);
  const shape = [info.batchSize, info.inChannels, info.outHeight, info.outWidth];
  const means = operations.apply('AveragePool', [images], shape, 'float32', {
    ...window(info),
    // As TensorFlow.js does: padding is not averaged over.
    count_include_pad: 0,
  });
  return operations.transpose(means, [0, 2, 3, 1]);
});

/**
 * Each gradient is spread over its window: a transposed convolution with ones, of the gradients divided by the windows' sizes.
 * (TensorFlow.js divides by the size of a whole window at the edges too, which is not the gradient of its own forward pass.)
 */
defineKernel<PoolingAttributes>('AvgPoolGrad', ({ dy, input }, attributes, operations) => {
  const info = poolingInfo(input!.shape, attributes);
  const shares = operations.constant(windowShares(info), [info.outHeight, info.outWidth, 1]);
  const gradients = operations.transpose(operations.multiply(dy!, shares), [0, 3, 1, 2]);
  const ones = operations.filled(1, [info.inChannels, 1, info.filterHeight, info.filterWidth]);
  const window = { ...info, channels: info.inChannels, attributes: { group: info.inChannels } };
  return operations.transpose(spreadWindows(gradients, ones, window, operations), [0, 2, 3, 1]);
});

function poolingInfo(
  inputShape: readonly number[],
  { filterSize, strides, pad, dimRoundingMode }: PoolingAttributes,
): PoolingInfo {
  return tf.backend_util.computePool2DInfo(
    inputShape as Shape4D,
    filterSize,
    strides,
    1,
    pad as 'same',
    dimRoundingMode,
  );
}

function window(info: PoolingInfo) {
  const { top, bottom, left, right } = info.padInfo;
  return {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
  };
}

/** [B,C,H',W']: the maxima, and where in the flat input [B,C,H,W] they are. */
function maximumPool(x: Traced, info: PoolingInfo, operations: Operations): { values: Traced; positions: Traced } {
  const shape = [info.batchSize, info.inChannels, info.outHeight, info.outWidth];
  const images = operations.dense(operations.transpose(x, [0, 3, 1, 2]));
  const types = [
    { shape, dtype: 'float32' as const },
    { shape, dtype: 'int64' as const },
  ];
  const [values, positions] = operations.builder.node('MaxPool', [images], types, window(info));
  return { values: { value: values!, shape }, positions: { value: positions!, shape } };
}

/** 1 / (number of the window's elements that lie inside the image), for each position of the window. */
function windowShares(info: PoolingInfo): Float32Array {
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
