import type * as tf from '@tensorflow/tfjs-core';
import type { Operations, Traced } from '../graph/operations.js';

/*
 * What convolutions and pooling share, over images and over volumes. TensorFlow.js has them with channels last, [B,H,W,C] and [B,D,H,W,C], ONNX with
 * channels first. ONNX Runtime removes transpositions that cancel each other.
 */

export type Shape4D = [number, number, number, number];
export type Shape5D = [number, number, number, number, number];

/** How a window moves, in TensorFlow.js' words. */
export interface WindowAttributes<Sizes> {
  strides: Sizes | number;
  pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** The windows of an image or a volume; sizes are along each of its axes. */
export interface Windows {
  batchSize: number;
  inChannels: number;
  inSizes: readonly number[];
  /** How many windows there are. */
  outSizes: readonly number[];
  filterSizes: readonly number[];
  /** The same with the gaps of a dilation. */
  effectiveSizes: readonly number[];
  /** How the window moves, in ONNX's words: pads before each axis, then behind each. */
  attributes: { strides: readonly number[]; dilations: readonly number[]; pads: readonly number[] };
}

export function windowsOf(info: tf.backend_util.Conv2DInfo | tf.backend_util.Conv3DInfo): Windows {
  const { batchSize, inChannels, padInfo } = info;
  const { top, left, bottom, right } = padInfo;
  const image = {
    inSizes: [info.inHeight, info.inWidth],
    outSizes: [info.outHeight, info.outWidth],
    filterSizes: [info.filterHeight, info.filterWidth],
    effectiveSizes: [info.effectiveFilterHeight, info.effectiveFilterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
  };
  if (!('inDepth' in info)) {
    const { strides, dilations, ...sizes } = image;
    return { batchSize, inChannels, ...sizes, attributes: { strides, dilations, pads: [top, left, bottom, right] } };
  }
  const { front, back } = info.padInfo;
  return {
    batchSize,
    inChannels,
    inSizes: [info.inDepth, ...image.inSizes],
    outSizes: [info.outDepth, ...image.outSizes],
    filterSizes: [info.filterDepth, ...image.filterSizes],
    effectiveSizes: [info.effectiveFilterDepth, ...image.effectiveSizes],
    attributes: {
      strides: [info.strideDepth, ...image.strides],
      dilations: [info.dilationDepth, ...image.dilations],
      pads: [front, top, left, back, bottom, right],
    },
  };
}

export function channelsFirst(x: Traced, operations: Operations): Traced {
  const last = x.shape.length - 1;
  return operations.transpose(x, [0, last, ...axesBetween(1, last)]);
}

export function channelsLast(x: Traced, operations: Operations): Traced {
  return operations.transpose(x, [0, ...axesBetween(2, x.shape.length), 1]);
}

function axesBetween(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

/** @param weights [outChannels,inChannels / group,...] */
export function convolveWindows(
  x: Traced,
  weights: Traced,
  { batchSize, outSizes, attributes }: Windows,
  outChannels: number,
  group: number,
  operations: Operations,
): Traced {
  const inputs = [channelsFirst(x, operations), weights];
  const shape = [batchSize, outChannels, ...outSizes];
  return channelsLast(operations.apply('Conv', inputs, shape, 'float32', { ...attributes, group }), operations);
}

/**
 * The gradient of a window's input: a transposed convolution whose result has the size of what the windows were taken from. What lies over
 * its edges is cut off; places that no window reached, because a stride left them over, are zero.
 */
export function spreadWindows(
  dy: Traced,
  weights: Traced,
  { batchSize, inChannels, inSizes, outSizes, effectiveSizes, attributes }: Windows,
  group: number,
  operations: Operations,
): Traced {
  const { strides, pads } = attributes;
  /** How far the last window reaches over the end, along each axis. */
  const beyond = inSizes.map(
    (size, axis) => (outSizes[axis]! - 1) * strides[axis]! + effectiveSizes[axis]! - pads[axis]! - size,
  );
  const gradients = channelsFirst(dy, operations);
  const shape = [batchSize, inChannels, ...inSizes.map((size, axis) => size + Math.min(0, beyond[axis]!))];
  const spread = operations.apply('ConvTranspose', [gradients, weights], shape, 'float32', {
    ...attributes,
    pads: [...pads.slice(0, inSizes.length), ...beyond.map((size) => Math.max(0, size))],
    group,
  });
  const missing = beyond.map((size): [number, number] => [0, Math.max(0, -size)]);
  return channelsLast(operations.pad(spread, [[0, 0], [0, 0], ...missing]), operations);
}

/**
 * The gradient of a filter is a convolution too, of the input with the output's gradient, in which stride and dilation have changed
 * places. What a stride left over makes the result larger than the filter: it is cut off.
 *
 * @param inputs With batch and channels exchanged, as the gradients, whose first axis is that of the result's second.
 */
export function filterGradient(
  inputs: Traced,
  gradients: Traced,
  { inSizes, outSizes, filterSizes, attributes }: Windows,
  group: number,
  operations: Operations,
): Traced {
  const { strides, dilations, pads } = attributes;
  const sizes = inSizes.map((size, axis) => {
    const covered = (outSizes[axis]! - 1) * strides[axis]! + 1;
    return Math.floor((size + pads[axis]! + pads[axis + inSizes.length]! - covered) / dilations[axis]!) + 1;
  });
  const channels = [inputs.shape[0]!, gradients.shape[0]!];
  const result = operations.apply('Conv', [inputs, gradients], [...channels, ...sizes], 'float32', {
    ...attributes,
    strides: dilations,
    dilations: strides,
    group,
  });
  return operations.slice(
    result,
    result.shape.map(() => 0),
    [...channels, ...filterSizes],
  );
}
