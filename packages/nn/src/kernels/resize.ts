import * as tf from '@tensorflow/tfjs-core';

export interface BilinearResizeOptions {
  /**
   * Where an axis shrinks, average over all the pixels that fall into a new one instead of picking the two nearest (PyTorch's `antialias`).
   * @default false
   */
  antialias?: boolean;
}

/**
 * Bilinear interpolation, as PyTorch's `interpolate(mode='bilinear')`: the edges of the image stay (`align_corners=False`).
 *
 * Not `tf.image.resizeBilinear`: its gradient is wrong or missing on some backends. This is two matrix products, which every backend has
 * with their gradients; the gradient is exact.
 *
 * @param x [B,H,W,C], float32.
 * @param size New height and width.
 * @returns [B,height,width,C]
 */
export function bilinearResize(
  x: tf.Tensor4D,
  [height, width]: readonly [number, number],
  options: BilinearResizeOptions = {},
): tf.Tensor4D {
  if (!(Number.isInteger(height) && height > 0 && Number.isInteger(width) && width > 0)) {
    throw new Error(`bilinearResize expects a height and a width as positive integers, got ${height} and ${width}.`);
  }
  return tf.tidy(() =>
    resizeWithMatrices(x, bilinearMatrix(x.shape[1], height, options), bilinearMatrix(x.shape[2], width, options)),
  );
}

/**
 * Any separable resize: every row of the result is a weighted sum of the rows of `x`, and every column one of its columns.
 *
 * @param x [B,H,W,C], float32.
 * @param rows The weights [newH,H]; no gradient.
 * @param columns The weights [newW,W]; no gradient.
 * @returns [B,newH,newW,C]
 */
export function resizeWithMatrices(x: tf.Tensor4D, rows: tf.Tensor2D, columns: tf.Tensor2D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const [newHeight] = rows.shape;
  const [newWidth] = columns.shape;
  return tf.tidy(() => {
    const tall = weightedSums(rows, tf.reshape(x, [batch, height, width * channels]));
    const lines: [number, number] = [batch * newHeight, width];
    // Depth has one channel: then the columns are one product of matrices instead of one with a vector for each line.
    const wide =
      channels === 1
        ? tf.matMul(tf.reshape(tall, lines) as tf.Tensor2D, columns, false, true)
        : weightedSums(columns, tf.reshape(tall, [...lines, channels]));
    return tf.reshape(wide, [batch, newHeight, newWidth, channels]);
  });
}

/** [m,n] and [B,n,k] to [B,m,k]. */
function weightedSums(weights: tf.Tensor2D, x: tf.Tensor3D): tf.Tensor3D {
  return tf.matMul(tf.expandDims(weights, 0) as tf.Tensor3D, x);
}

/** [outputSize,inputSize]: the weights with which each input value enters each output value. */
function bilinearMatrix(
  inputSize: number,
  outputSize: number,
  { antialias = false }: BilinearResizeOptions,
): tf.Tensor2D {
  const weights = new Float32Array(outputSize * inputSize);
  const scale = inputSize / outputSize;
  const reach = antialias ? Math.max(scale, 1) : 1;
  for (let output = 0; output < outputSize; output++) {
    const center = (output + 0.5) * scale - 0.5;
    const inside = Math.min(Math.max(center, 0), inputSize - 1);
    // Only the antialias filter reaches beyond the edge, and there takes less of what is inside.
    const position = reach > 1 ? center : inside;
    const row = weights.subarray(output * inputSize, (output + 1) * inputSize);
    for (let input = 0; input < inputSize; input++) row[input] = Math.max(0, 1 - Math.abs(input - position) / reach);
    const total = row.reduce((sum, weight) => sum + weight, 0);
    for (let input = 0; input < inputSize; input++) row[input]! /= total;
  }
  return tf.tensor2d(weights, [outputSize, inputSize]);
}
