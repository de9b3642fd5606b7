import * as tf from '@tensorflow/tfjs-core';
import type { CompiledFunction } from './compiled-function.js';
import { mapTensors, tensorData, typeOf } from './structure.js';

export type { CompiledFunction, Compiler, Feed, PrecisionOptions } from './compiled-function.js';
export { mapTensors, type TensorData, type TensorLike, type TensorSpecification } from './structure.js';

/**
 * The same as `compile` without compiling: the function runs kernel by kernel on TensorFlow.js' backend. Importing this entry has no
 * side effects and loads no ONNX Runtime.
 *
 * It always computes in float32.
 *
 * @param fn Synchronous; every tensor that it makes and does not return is disposed.
 */
export function eager<Arguments extends unknown[], Result>(
  fn: (...args: Arguments) => Result,
): CompiledFunction<Arguments, Result> {
  const run = async (...args: unknown[]) => tf.tidy(() => fn(...(toTensors(args) as Arguments)) as tf.TensorContainer);
  return Object.assign(run, { isCompiled: false, graphs: [], dispose: async () => {} }) as unknown as CompiledFunction<
    Arguments,
    Result
  >;
}

/** Tensors instead of `{ data, shape }`, at any depth. */
function toTensors(args: unknown[]): unknown {
  return mapTensors(args, (leaf, name) => {
    if (leaf instanceof tf.Tensor) return leaf;
    return tf.tensor(tensorData(leaf, name).data, [...leaf.shape], typeOf(leaf).dtype as tf.DataType);
  });
}
