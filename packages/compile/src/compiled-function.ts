import type * as tf from '@tensorflow/tfjs-core';
import type { Graph } from './graph/graph.js';
import type { TensorData } from './structure.js';

/** Arguments of a compiled function: where the original takes a tensor, this takes its values too. */
export type Feed<T> = T extends tf.Variable
  ? T
  : T extends tf.Tensor
    ? T | TensorData
    : T extends (...args: never[]) => unknown
      ? T
      : T extends object
        ? { [K in keyof T]: Feed<T[K]> }
        : T;

/** What `compile` and `eager` make of a function. */
export interface CompiledFunction<Arguments extends unknown[], Result> {
  /**
   * Runs the function. The first call with new shapes traces and compiles it; `eager` runs it as it is.
   *
   * @returns new tensors, which belong to the caller.
   */
  (...args: { [K in keyof Arguments]: Feed<Arguments[K]> }): Promise<Result>;
  /** False of `eager`, where a function that throws has already changed variables. */
  readonly isCompiled: boolean;
  /** The graphs made so far, in the order of their first use; none of `eager`. */
  readonly graphs: readonly Graph[];
  /** Frees sessions and weights. Variables get their values back, unless another compiled function still uses them. */
  dispose(): Promise<void>;
}

/** A way to run functions: `compile`, `eager`, or the `compile` of a device. */
export type Compiler = <Arguments extends unknown[], Result>(
  fn: (...args: Arguments) => Result,
) => CompiledFunction<Arguments, Result>;
