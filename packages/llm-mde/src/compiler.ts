import type { Feed } from '@llm-mde/compile';

/** A tensor's values without TensorFlow.js, row-major; `float32` or `int32` by the kind of the array. */
export interface TensorValues {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** A compiled function: the same results, later. Where the function takes a tensor, this takes values too. */
export interface Compiled<Arguments extends unknown[], Result> {
  (...args: { [Index in keyof Arguments]: Feed<Arguments[Index]> }): Promise<Result>;
  dispose(): Promise<void>;
}

/**
 * Makes a function of tensors run as one graph: what `compile` of `@llm-mde/compile` is, and `device.compile` of `@llm-mde/backend`. The
 * function may read and assign variables, which keep their identity.
 */
export type Compiler = <Arguments extends unknown[], Result>(
  fn: (...args: Arguments) => Result,
) => Compiled<Arguments, Result>;
