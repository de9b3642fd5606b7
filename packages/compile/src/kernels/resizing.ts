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

/**
 * Boxes cut out of images and resized: products with two matrices for each box, whose weights are computed from where the box is. A place
 * outside of the image has the extrapolation value.
 */
defineKernel<{ cropSize: [number, number]; method: 'bilinear' | 'nearest'; extrapolationValue: number }>(
  'CropAndResize',
  ({ image, boxes, boxInd }, { cropSize, method, extrapolationValue }, operations) => {
    const [, height, width, channels] = image!.shape as Shape4D;
    const count = boxes!.shape[0]!;
    const [cropHeight, cropWidth] = cropSize;
    const images = operations.gather(operations.cast(image!, 'float32'), boxInd!, 0);
    const axes = [
      cropWeights(boxes!, 0, height, cropHeight, method, operations),
      cropWeights(boxes!, 1, width, cropWidth, method, operations),
    ];
    const [rows, columns] = axes.map(({ weights }) => weights);
    const lines = operations.reshape(images, [count, height, width * channels]);
    const tall = operations.reshape(operations.matrixProduct(rows!, lines), [count, cropHeight, width, channels]);
    const each = operations.reshape(columns!, [count, 1, cropWidth, width]);
    const crops = operations.matrixProduct(each, tall);
    const isInside = operations.binary(
      'And',
      operations.reshape(axes[0]!.isInside, [count, cropHeight, 1, 1]),
      operations.reshape(axes[1]!.isInside, [count, 1, cropWidth, 1]),
      'bool',
    );
    return operations.select(isInside, crops, operations.scalar(extrapolationValue));
  },
);

/** For each place in a crop, along one axis: the weights of the image's pixels, and whether it lies in the image. */
function cropWeights(
  boxes: Traced,
  axis: 0 | 1,
  size: number,
  cropSize: number,
  method: 'bilinear' | 'nearest',
  operations: Operations,
): { weights: Traced; isInside: Traced } {
  const count = boxes.shape[0]!;
  const edge = (side: 0 | 1) => operations.slice(boxes, [0, axis + 2 * side], [count, 1]);
  const last = operations.scalar(size - 1);
  const [first, end] = [edge(0), edge(1)];
  const places =
    cropSize > 1
      ? operations.add(
          operations.multiply(first, last),
          operations.multiply(
            operations.divide(
              operations.multiply(operations.subtract(end, first), last),
              operations.scalar(cropSize - 1),
            ),
            operations.sequence(cropSize, 0, 1),
          ),
        )
      : operations.multiply(operations.multiply(operations.add(first, end), operations.scalar(0.5)), last);
  // TensorFlow.js computes places in 64 bits: a box that ends at the image's edge must not end beyond it by rounding.
  const rounding = size * 2 ** -21;
  const isInside = operations.binary(
    'And',
    operations.binary('GreaterOrEqual', places, operations.scalar(-rounding), 'bool'),
    operations.binary('LessOrEqual', places, operations.scalar(size - 1 + rounding), 'bool'),
    'bool',
  );
  const nearest = method === 'nearest';
  const rounded = nearest ? operations.unary('Floor', operations.add(places, operations.scalar(0.5))) : places;
  const pixels = operations.sequence(size, 0, 1);
  const distance = operations.unary(
    'Abs',
    operations.subtract(operations.reshape(rounded, [count, cropSize, 1]), pixels),
  );
  const weights = operations.unary('Relu', operations.subtract(operations.scalar(1), distance));
  return { weights, isInside };
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
