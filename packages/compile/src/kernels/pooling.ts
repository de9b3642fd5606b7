import * as tf from '@tensorflow/tfjs-core';
import type { Operations, Traced } from '../graph/operations.js';
import { elementCount } from '../graph/value.js';
import { defineKernel } from '../tracing/define-kernel.js';
import { refuseChannelsFirst, type VolumeAttributes } from './volumes.js';
import {
  channelsFirst,
  channelsLast,
  type Shape4D,
  type Shape5D,
  spreadWindows,
  type WindowAttributes,
  type Windows,
  windowsOf,
} from './windows.js';

interface ImageAttributes extends WindowAttributes<[number, number]> {
  filterSize: [number, number] | number;
}

interface VolumePoolingAttributes extends VolumeAttributes {
  filterSize: [number, number, number] | number;
}

/** The kernels for images, and those for volumes, which differ in how the windows are found alone. */
definePooling<ImageAttributes>('', imageWindows);
definePooling<VolumePoolingAttributes>('3D', volumeWindows);

function definePooling<Attributes>(
  suffix: string,
  windowsFor: (shape: readonly number[], attributes: Attributes) => Windows,
): void {
  defineKernel<Attributes>(`MaxPool${suffix}`, ({ x }, attributes, operations) =>
    channelsLast(maximumPool(x!, windowsFor(x!.shape, attributes), operations)[0], operations),
  );

  /** Each gradient goes to the place that the maximum came from. */
  defineKernel<Attributes>(`MaxPool${suffix}Grad`, ({ dy, input }, attributes, operations) => {
    const [, positions] = maximumPool(input!, windowsFor(input!.shape, attributes), operations);
    const size = elementCount(input!.shape);
    const gradients = operations.reshape(channelsFirst(dy!, operations), [elementCount(dy!.shape)]);
    const flat = operations.reshape(positions, [elementCount(dy!.shape)]);
    const zeros = operations.filled(0, [size]);
    const scattered = operations.apply('ScatterElements', [zeros, flat, gradients], [size], 'float32', {
      axis: 0,
      reduction: 'add',
    });
    const [batch, ...sizes] = input!.shape;
    const channels = sizes.pop()!;
    return channelsLast(operations.reshape(scattered, [batch!, channels, ...sizes]), operations);
  });

  /** Padding is not averaged over, as in TensorFlow.js: ONNX' default. */
  defineKernel<Attributes>(`AvgPool${suffix}`, ({ x }, attributes, operations) => {
    const windows = windowsFor(x!.shape, attributes);
    const shape = [windows.batchSize, windows.inChannels, ...windows.outSizes];
    const first = channelsFirst(x!, operations);
    return channelsLast(operations.apply('AveragePool', [first], shape, 'float32', settings(windows)), operations);
  });

  /**
   * Each gradient is spread over its window: a transposed convolution with ones, of the gradients divided by the windows' sizes.
   * (TensorFlow.js divides by the size of a whole window at the edges too, which is not the gradient of its own forward pass.)
   */
  defineKernel<Attributes>(`AvgPool${suffix}Grad`, ({ dy, input }, attributes, operations) => {
    const windows = windowsFor(input!.shape, attributes);
    const shares = operations.constant(windowShares(windows), [...windows.outSizes, 1]);
    const ones = operations.filled(1, [windows.inChannels, 1, ...windows.filterSizes]);
    return spreadWindows(operations.multiply(dy!, shares), ones, windows, windows.inChannels, operations);
  });
}

/** TensorFlow.js counts positions with channels last. */
defineKernel<ImageAttributes & { includeBatchInIndex: boolean }>(
  'MaxPoolWithArgmax',
  ({ x }, { includeBatchInIndex, ...attributes }, operations) => {
    const [values, positions] = maximumPool(x!, imageWindows(x!.shape, attributes), operations);
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

function imageWindows(shape: readonly number[], attributes: ImageAttributes): Windows {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  return windowsOf(
    tf.backend_util.computePool2DInfo(shape as Shape4D, filterSize, strides, 1, pad as 'same', dimRoundingMode),
  );
}

function volumeWindows(shape: readonly number[], attributes: VolumePoolingAttributes): Windows {
  const { filterSize, strides, pad, dimRoundingMode, dataFormat } = attributes;
  refuseChannelsFirst(dataFormat);
  return windowsOf(
    tf.backend_util.computePool3DInfo(shape as Shape5D, filterSize, strides, 1, pad as 'same', dimRoundingMode),
  );
}

function settings({ filterSizes, attributes }: Windows) {
  return { kernel_shape: filterSizes, ...attributes };
}

/** With channels first: the maxima, and where in the flat input with channels first they are. */
function maximumPool(x: Traced, windows: Windows, operations: Operations): [values: Traced, positions: Traced] {
  const shape = [windows.batchSize, windows.inChannels, ...windows.outSizes];
  const types = [
    { shape, dtype: 'float32' as const },
    { shape, dtype: 'int64' as const },
  ];
  return operations.applyAll('MaxPool', [channelsFirst(x, operations)], types, settings(windows)) as [Traced, Traced];
}

/** 1 / (number of the window's elements that lie inside), for each window. */
function windowShares({ inSizes, outSizes, filterSizes, attributes }: Windows): Float32Array {
  const insides = outSizes.map((count, axis) =>
    Array.from({ length: count }, (_, index) => {
      const start = index * attributes.strides[axis]! - attributes.pads[axis]!;
      return Math.min(start + filterSizes[axis]!, inSizes[axis]!) - Math.max(start, 0);
    }),
  );
  const products = insides.reduce(
    (counts, along) => counts.flatMap((count) => along.map((inside) => count * inside)),
    [1],
  );
  return Float32Array.from(products, (count) => 1 / count);
}
