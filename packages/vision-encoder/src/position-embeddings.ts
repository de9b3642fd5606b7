import { resizeWithMatrices } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { keysKernel } from './preprocess/resize-image.js';

/**
 * Fits trained position embeddings to another grid of patches: the class token's stays, the others are resized bicubically as
 * PyTorch's `interpolate(mode='bicubic', align_corners=False)` does it (Keys' kernel with a = −0.75, no antialiasing).
 *
 * The resize is two products with constant matrices, so it has a gradient on every backend.
 *
 * @param embeddings [1,1+N,D], N a square number.
 * @param rows Height of the new grid, in patches.
 * @param columns Width of the new grid, in patches.
 * @returns [1,1+rows·columns,D]
 */
export function interpolatePositionEmbeddings(embeddings: tf.Tensor3D, rows: number, columns: number): tf.Tensor3D {
  const [, count, features] = embeddings.shape;
  const side = Math.round(Math.sqrt(count - 1));
  if (rows === side && columns === side) return embeddings.clone();
  return tf.tidy(() => {
    const classToken = tf.slice(embeddings, [0, 0, 0], [1, 1, features]);
    const grid = tf.reshape(tf.slice(embeddings, [0, 1, 0], [1, count - 1, features]), [1, side, side, features]);
    const resized = resizeWithMatrices(grid as tf.Tensor4D, bicubicMatrix(side, rows), bicubicMatrix(side, columns));
    return tf.concat([classToken, tf.reshape(resized, [1, rows * columns, features]) as tf.Tensor3D], 1);
  });
}

/** [outputSize,inputSize]: the weights with which each input value enters each output value. */
function bicubicMatrix(inputSize: number, outputSize: number): tf.Tensor2D {
  const weights = new Float32Array(outputSize * inputSize);
  for (let output = 0; output < outputSize; output++) {
    const center = ((output + 0.5) * inputSize) / outputSize - 0.5;
    const first = Math.floor(center) - 1;
    for (let tap = first; tap < first + 4; tap++) {
      const input = Math.min(Math.max(tap, 0), inputSize - 1);
      weights[output * inputSize + input]! += keysKernel(Math.abs(center - tap), -0.75);
    }
  }
  return tf.tensor2d(weights, [outputSize, inputSize]);
}
