import type * as tf from '@tensorflow/tfjs-core';

export const ABSOLUTE_TOLERANCE: number;
export const RELATIVE_TOLERANCE: number;

export interface ComparisonRow {
  /** The case of goldens.json. */
  case: string;
  /** What was compared: `hidden state 2`, `gradient of embeddings.cls_token`. */
  quantity: string;
  kind: 'absolute' | 'relative';
  error: number;
  tolerance: number;
  /** The largest golden value. */
  largest: number;
}

/**
 * Runs every case that towers.py wrote and compares the outputs, and where the case has a loss the gradients of all inputs
 * and parameters, with what PyTorch computed.
 */
export function compareWithGoldens<Model>(
  goldens: Goldens,
  model: Model,
  forward: (model: Model, inputs: Record<string, tf.Tensor>) => unknown,
): Promise<ComparisonRow[]>;

/** Cases with their inputs and what PyTorch computed, by `readGoldens`. */
export interface Goldens {
  readonly cases: readonly object[];
}

/** Makes a function of tensors that runs on the device which is to be tested: as it is, or compiled. */
export type RunOnDevice = <Arguments extends unknown[], Result>(
  fn: (...args: Arguments) => Result,
) => Promise<((...args: Arguments) => Promise<Result>) & { dispose(): Promise<void> }>;

/** A function of tensors as it is, or compiled where LLM_MDE_COMPILED asks for it. */
export const onDevice: RunOnDevice;

/** The largest difference of two lists of numbers; NaN where any value is. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number;

/** Whether the error is within its tolerance; NaN is not. */
export function passes(row: ComparisonRow): boolean;

export function forwardVisionEncoder(encoder: unknown, inputs: Record<string, tf.Tensor>): unknown;
export function forwardLanguageModel(model: unknown, inputs: Record<string, tf.Tensor>): unknown;
