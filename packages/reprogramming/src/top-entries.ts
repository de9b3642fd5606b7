import * as tf from '@tensorflow/tfjs-core';

export interface Entry {
  index: number;
  value: number;
}

/**
 * The largest entries along the last axis, the largest first.
 *
 * @param x [...,n], float32. Disposed.
 * @param count How many; at most n are returned.
 * @returns one list for each row, rows in row-major order.
 */
export async function topEntries(x: tf.Tensor, count: number): Promise<Entry[][]> {
  try {
    if (!(Number.isInteger(count) && count > 0)) {
      throw new Error(`Expected a positive integer as count, got ${count}.`);
    }
    const length = Math.min(count, x.shape.at(-1)!);
    const { values, indices } = tf.topk(x, length);
    const [valueData, indexData] = await Promise.all([values.data(), indices.data()]);
    tf.dispose([values, indices]);
    return Array.from({ length: valueData.length / length }, (_, row) =>
      Array.from({ length }, (_, rank) => {
        const at = row * length + rank;
        return { index: indexData[at]!, value: valueData[at]! };
      }),
    );
  } finally {
    x.dispose();
  }
}
