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

/** How exactly a function is computed. */
export interface PrecisionOptions {
  /**
   * `int8` computes products with large constant matrices in 8-bit integers: the weights of layers that are not trained, forward and backward. About a
   * percent of error in each such layer, and up to three times as fast. The values of a call share one scale, so that an image's result depends a little
   * on the others of its batch. On the CPU alone, and not with `eager`.
   * @default 'float32'
   */
  precision?: 'float32' | 'int8' | undefined;
  /** With `int8`: whether a constant matrix is computed with in 8 bits, by the `dataId` of its tensor. @default all are */
  isQuantized?: ((dataId: object) => boolean) | undefined;
}

/** What does not depend on where a function is compiled for. */
export interface CompilerOptions extends PrecisionOptions {
  /**
   * - `read`: the graph reads what variables hold when it is called, so that training shows
   * - `constant`: what they hold when they are first used is part of the graph, for models that are not trained: ONNX Runtime then joins biases
   *   and batch normalizations with the layers before them, and `int8` applies. What the function assigns to is read all the same.
   *
   * `eager` always reads them.
   * @default 'read'
   */
  variables?: 'read' | 'constant' | undefined;
}

/** A way to run functions: `compile`, `eager`, or the `compile` of a device. */
export type Compiler = <Arguments extends unknown[], Result>(
  fn: (...args: Arguments) => Result,
  options?: CompilerOptions,
) => CompiledFunction<Arguments, Result>;
