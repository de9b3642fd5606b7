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

for (const [kernelName, weightsOf] of [
  ['ResizeBilinear', bilinearWeights],
  ['ResizeNearestNeighbor', nearestWeights],
] as const) {
  defineKernel<ResizingAttributes>(kernelName, ({ images }, attributes, operations) => {
    const x = operations.cast(images!, 'float32');
    return resize(x, weightsOf, images!.shape, attributes.size, attributes, false, operations);
  });
  defineKernel<ResizingAttributes>(`${kernelName}Grad`, ({ images, dy }, attributes, operations) =>
    resize(dy!, weightsOf, images!.shape, dy!.shape.slice(1, 3), attributes, true, operations),
  );
}

/** @param isGradient Whether `x` is the gradient of the resized images, of which that of the images is wanted. */
function resize(
  x: Traced,
  weightsOf: typeof bilinearWeights,
  imageShape: readonly number[],
  newSize: readonly number[],
  attributes: ResizingAttributes,
  isGradient: boolean,
  operations: Operations,
): Traced {
  const matrix = (size: number, newSize: number) =>
    operations.constant(weightsOf(size, newSize, attributes), [1, newSize, size]);
  const [rows, columns] = [0, 1].map((axis) => matrix(imageShape[axis + 1]!, newSize[axis]!));
  const [outHeight, outWidth] = isGradient ? imageShape.slice(1, 3) : newSize;
  const [batch, height, width, channels] = x.shape as Shape4D;
  const options = { transposeA: isGradient };
  const lines = operations.reshape(x, [batch, height, width * channels]);
  const tall = operations.matrixProduct(rows!, lines, options);
  const points = operations.reshape(tall, [batch * outHeight!, width, channels]);
  const wide = operations.matrixProduct(columns!, points, options);
  return operations.reshape(wide, [batch, outHeight!, outWidth!, channels]);
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
