import type { Operations, Traced } from '../graph/operations.js';
import { defineKernel } from '../tracing/define-kernel.js';

type Shape4D = [number, number, number, number];

interface ResizingAttributes {
  alignCorners: boolean;
  halfPixelCenters: boolean;
  size: [number, number];
}

/*
 * A resize weights rows, then columns: two matrix products with constant matrices, the same on every execution provider. Its gradient is
 * the same with the matrices transposed. (TensorFlow.js' own gradient ignores half-pixel centers; this one does not.)
 */

for (const [forward, backward, weights] of [
  ['ResizeBilinear', 'ResizeBilinearGrad', bilinearWeights],
  ['ResizeNearestNeighbor', 'ResizeNearestNeighborGrad', nearestWeights],
] as const) {
  defineKernel<ResizingAttributes>(forward, ({ images }, attributes, operations) => {
    const [, height, width] = images!.shape as Shape4D;
    const [newHeight, newWidth] = attributes.size;
    const rows = weights(height, newHeight, attributes);
    const columns = weights(width, newWidth, attributes);
    return resize(operations.cast(images!, 'float32'), rows, columns, attributes.size, false, operations);
  });

  defineKernel<ResizingAttributes>(backward, ({ images, dy }, attributes, operations) => {
    const [, height, width] = images!.shape as Shape4D;
    const [, newHeight, newWidth] = dy!.shape as Shape4D;
    const rows = weights(height, newHeight, attributes);
    const columns = weights(width, newWidth, attributes);
    return resize(dy!, rows, columns, [height, width], true, operations);
  });
}

function resize(
  x: Traced,
  rowWeights: Float32Array,
  columnWeights: Float32Array,
  [newHeight, newWidth]: readonly [number, number],
  transposed: boolean,
  operations: Operations,
): Traced {
  const [batch, height, width, channels] = x.shape as Shape4D;
  const matrix = (weights: Float32Array, oldSize: number, newSize: number) =>
    operations.constant(weights, transposed ? [1, oldSize, newSize] : [1, newSize, oldSize]);
  const lines = operations.reshape(x, [batch, height, width * channels]);
  const options = { transposeA: transposed };
  const tall = operations.matrixProduct(matrix(rowWeights, height, newHeight), lines, options);
  const points = operations.reshape(tall, [batch * newHeight, width, channels]);
  const wide = operations.matrixProduct(matrix(columnWeights, width, newWidth), points, options);
  return operations.reshape(wide, [batch, newHeight, newWidth, channels]);
}

function bilinearWeights(size: number, newSize: number, attributes: ResizingAttributes): Float32Array {
  return weightMatrix(size, newSize, attributes, (output, scale) => {
    const position = attributes.halfPixelCenters ? (output + 0.5) * scale - 0.5 : output * scale;
    const first = Math.max(0, Math.floor(position));
    const share = Math.max(0, position) - first;
    return [
      [first, 1 - share],
      [Math.min(size - 1, Math.ceil(position)), share],
    ];
  });
}

function nearestWeights(size: number, newSize: number, attributes: ResizingAttributes): Float32Array {
  return weightMatrix(size, newSize, attributes, (output, scale) => {
    const position = attributes.halfPixelCenters ? scale * (output + 0.5) : scale * output;
    const nearest = Math.min(size - 1, attributes.alignCorners ? Math.round(position) : Math.floor(position));
    return [[Math.max(0, nearest), 1]];
  });
}

/** [newSize,size]: the weights with which each input enters each output. */
function weightMatrix(
  size: number,
  newSize: number,
  { alignCorners }: ResizingAttributes,
  inputsOf: (output: number, scale: number) => [input: number, weight: number][],
): Float32Array {
  const weights = new Float32Array(newSize * size);
  const scale = alignCorners && newSize > 1 ? (size - 1) / (newSize - 1) : size / newSize;
  for (let output = 0; output < newSize; output++) {
    for (const [input, weight] of inputsOf(output, scale)) weights[output * size + input]! += weight;
  }
  return weights;
}
