import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import type { Operations, Traced } from '../graph/operations.js';
import { elementCount } from '../graph/value.js';
import { defineKernel } from '../tracing/define-kernel.js';

type Shape5D = [number, number, number, number, number];
type VolumeInfo = tf.backend_util.Conv3DInfo;

interface VolumeAttributes {
  strides: [number, number, number] | number;
  pad: 'valid' | 'same' | number;
  dilations?: [number, number, number] | number | null;
  dataFormat?: 'NDHWC' | 'NCDHW';
}

interface PoolingAttributes extends VolumeAttributes {
  filterSize: [number, number, number] | number;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/*
 * TensorFlow.js has volumes [B,D,H,W,C] and filters [d,h,w,in,out], ONNX has [B,C,D,H,W] and [out,in,d,h,w].
 */

defineKernel<VolumeAttributes>('Conv3D', ({ x, filter }, attributes, operations) => {
  const info = convolutionInfo(x!.shape, filter!.shape, attributes);
  const shape = [info.batchSize, info.outChannels, ...outSizes(info)];
  const inputs = [channelsFirst(x!, operations), operations.transpose(filter!, [4, 3, 0, 1, 2])];
  return channelsLast(operations.apply('Conv', inputs, shape, 'float32', windowAttributes(info)), operations);
});

defineKernel<VolumeAttributes & { inputShape: Shape5D }>(
  'Conv3DBackpropInputV2',
  ({ dy, filter }, attributes, operations) => {
    const info = convolutionInfo(attributes.inputShape, filter!.shape, attributes);
    return spreadWindows(dy!, operations.transpose(filter!, [4, 3, 0, 1, 2]), info, 1, operations);
  },
);

/** A convolution of the volumes with the gradients, batch and channels exchanged, in which stride and dilation have changed places. */
defineKernel<VolumeAttributes & { filterShape: Shape5D }>(
  'Conv3DBackpropFilterV2',
  ({ x, dy }, attributes, operations) => {
    const { filterShape } = attributes;
    const info = convolutionInfo(x!.shape, filterShape, attributes);
    const { strides, dilations, pads } = windowAttributes(info);
    const sizes = inSizes(info).map((size, axis) => {
      const covered = (outSizes(info)[axis]! - 1) * strides[axis]! + 1;
      return Math.floor((size + pads[axis]! + pads[axis + 3]! - covered) / dilations[axis]!) + 1;
    });
    const inputs = [x!, dy!].map((tensor) => operations.transpose(tensor, [4, 0, 1, 2, 3]));
    const shape = [info.inChannels, info.outChannels, ...sizes];
    const whole = operations.apply('Conv', inputs, shape, 'float32', { strides: dilations, dilations: strides, pads });
    const cut = [info.inChannels, info.outChannels, ...filterShape.slice(0, 3)];
    const filter = operations.slice(whole, [0, 0, 0, 0, 0], cut);
    return operations.transpose(filter, [2, 3, 4, 0, 1]);
  },
);

defineKernel<PoolingAttributes>('MaxPool3D', ({ x }, attributes, operations) =>
  channelsLast(maximumPool(x!, poolingInfo(x!.shape, attributes), operations)[0], operations),
);

/** Each gradient goes to the place that the maximum came from. */
defineKernel<PoolingAttributes>('MaxPool3DGrad', ({ dy, input }, attributes, operations) => {
  const [, positions] = maximumPool(input!, poolingInfo(input!.shape, attributes), operations);
  const [size, count] = [elementCount(input!.shape), elementCount(dy!.shape)];
  const inputs = [
    operations.filled(0, [size]),
    operations.reshape(positions, [count]),
    operations.reshape(channelsFirst(dy!, operations), [count]),
  ];
  const scattered = operations.apply('ScatterElements', inputs, [size], 'float32', { axis: 0, reduction: 'add' });
  const [batch, depth, height, width, channels] = input!.shape as Shape5D;
  return channelsLast(operations.reshape(scattered, [batch, channels, depth, height, width]), operations);
});

/** Padding is not averaged over, as in TensorFlow.js. */
defineKernel<PoolingAttributes>('AvgPool3D', ({ x }, attributes, operations) => {
  const info = poolingInfo(x!.shape, attributes);
  const shape = [info.batchSize, info.inChannels, ...outSizes(info)];
  const settings = { kernel_shape: filterSizes(info), ...windowAttributes(info) };
  return channelsLast(
    operations.apply('AveragePool', [channelsFirst(x!, operations)], shape, 'float32', settings),
    operations,
  );
});

/** Each gradient is spread over the part of its window that lies in the volume. */
defineKernel<PoolingAttributes>('AvgPool3DGrad', ({ dy, input }, attributes, operations) => {
  const info = poolingInfo(input!.shape, attributes);
  const { strides, pads } = windowAttributes(info);
  const shares = [0, 1, 2].map((axis) => {
    const counts = Array.from({ length: outSizes(info)[axis]! }, (_, index) => {
      const start = index * strides[axis]! - pads[axis]!;
      return Math.min(start + filterSizes(info)[axis]!, inSizes(info)[axis]!) - Math.max(start, 0);
    });
    const shape = [1, 1, 1, 1].with(axis, counts.length);
    return operations.constant(
      counts.map((count) => 1 / count),
      shape,
    );
  });
  const ones = operations.filled(1, [info.inChannels, 1, ...filterSizes(info)]);
  const weighted = shares.reduce((gradient, share) => operations.multiply(gradient, share), dy!);
  return spreadWindows(weighted, ones, info, info.inChannels, operations);
});

function convolutionInfo(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations, dataFormat = 'NDHWC' }: VolumeAttributes,
): VolumeInfo {
  refuseChannelsFirst(dataFormat);
  const shapes = [inputShape as Shape5D, filterShape as Shape5D] as const;
  return tf.backend_util.computeConv3DInfo(...shapes, strides, dilations ?? 1, pad as 'same');
}

function poolingInfo(shape: readonly number[], attributes: PoolingAttributes): VolumeInfo {
  const { filterSize, strides, pad, dimRoundingMode, dataFormat = 'NDHWC' } = attributes;
  refuseChannelsFirst(dataFormat);
  return tf.backend_util.computePool3DInfo(shape as Shape5D, filterSize, strides, 1, pad as 'same', dimRoundingMode);
}

function refuseChannelsFirst(dataFormat: string): void {
  if (dataFormat === 'NDHWC') return;
  throw new CompileError(
    `Volumes are compiled with their channels last (NDHWC), but ${dataFormat} was asked for: transpose them.`,
  );
}

function channelsFirst(x: Traced, operations: Operations): Traced {
  return operations.transpose(x, [0, 4, 1, 2, 3]);
}

function channelsLast(x: Traced, operations: Operations): Traced {
  return operations.transpose(x, [0, 2, 3, 4, 1]);
}

const inSizes = (info: VolumeInfo) => [info.inDepth, info.inHeight, info.inWidth];
const outSizes = (info: VolumeInfo) => [info.outDepth, info.outHeight, info.outWidth];
const filterSizes = (info: VolumeInfo) => [info.filterDepth, info.filterHeight, info.filterWidth];

/** How a window moves, in ONNX's words. */
function windowAttributes(info: VolumeInfo) {
  const { front, top, left, back, bottom, right } = info.padInfo;
  return {
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [info.dilationDepth, info.dilationHeight, info.dilationWidth],
    pads: [front, top, left, back, bottom, right],
  };
}

/** [B,C,D',H',W']: the maxima, and where in the flat input [B,C,D,H,W] they are. */
function maximumPool(x: Traced, info: VolumeInfo, operations: Operations): [values: Traced, positions: Traced] {
  const shape = [info.batchSize, info.inChannels, ...outSizes(info)];
  const types = [
    { shape, dtype: 'float32' as const },
    { shape, dtype: 'int64' as const },
  ];
  const settings = { kernel_shape: filterSizes(info), ...windowAttributes(info) };
  return operations.applyAll('MaxPool', [channelsFirst(x, operations)], types, settings) as [Traced, Traced];
}

/** The gradient of a window's input: a transposed convolution, cut or filled up with zeros to the size of the input. */
function spreadWindows(dy: Traced, weights: Traced, info: VolumeInfo, group: number, operations: Operations): Traced {
  const { strides, dilations, pads } = windowAttributes(info);
  const effective = [info.effectiveFilterDepth, info.effectiveFilterHeight, info.effectiveFilterWidth];
  /** How far the last window reaches over the end, along each axis. */
  const beyond = inSizes(info).map(
    (size, axis) => (outSizes(info)[axis]! - 1) * strides[axis]! + effective[axis]! - pads[axis]! - size,
  );
  const sizes = inSizes(info).map((size, axis) => size + Math.min(0, beyond[axis]!));
  const shape = [info.batchSize, info.inChannels, ...sizes];
  const spread = operations.apply('ConvTranspose', [channelsFirst(dy, operations), weights], shape, 'float32', {
    strides,
    dilations,
    pads: [...pads.slice(0, 3), ...beyond.map((size) => Math.max(0, size))],
    group,
  });
  const missing = beyond.map((size): [number, number] => [0, Math.max(0, -size)]);
  return channelsLast(operations.pad(spread, [[0, 0], [0, 0], ...missing]), operations);
}
