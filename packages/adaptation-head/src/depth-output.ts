import * as tf from '@tensorflow/tfjs-core';

/**
 * How a network's last number becomes a depth in metres.
 *
 * - `sigmoid`: `maximumDepth` · σ(x): between 0 and the maximum.
 * - `log`: e^x: without an upper end, equal steps are equal shares of the depth. Clipped at 1 mm and 1 km.
 */
export type DepthOutput = 'sigmoid' | 'log';

export interface DepthOutputOptions {
  /** @default 'sigmoid' */
  output?: DepthOutput;
  /** Depth in metres that the sigmoid's 1 stands for. @default 10, NYU Depth v2's */
  maximumDepth?: number;
}

/** @throws if the output is unknown or the maximum is not a positive number. */
export function resolveDepthOutput({ output = 'sigmoid', maximumDepth = 10 }: DepthOutputOptions) {
  if (output !== 'sigmoid' && output !== 'log') {
    throw new Error(`Unknown output "${output}". Expected "sigmoid" or "log".`);
  }
  if (!(maximumDepth > 0 && Number.isFinite(maximumDepth))) {
    throw new Error(`maximumDepth must be a positive number of metres, got ${maximumDepth}.`);
  }
  return { output, maximumDepth };
}

/** What the bias of the last convolution starts at: with `log` 2 m, a usual depth of photographs; otherwise what convolutions start at. */
export function initialBias({ output }: Required<DepthOutputOptions>): number | undefined {
  return output === 'log' ? Math.LN2 : undefined;
}

/** Depth in metres, of the same shape. */
export function toDepth<T extends tf.Tensor>(x: T, { output, maximumDepth }: Required<DepthOutputOptions>): T {
  if (output === 'sigmoid') return tf.mul(tf.sigmoid(x), maximumDepth);
  return tf.exp(tf.clipByValue(x, Math.log(1e-3), Math.log(1e3)));
}
