import * as tf from '@tensorflow/tfjs-core';
import type { CompiledFunction, CompilerOptions } from './compiled-function.js';
import { CompileError } from './errors.js';
import { mapTensors, tensorData, typeOf } from './structure.js';

export type { CompiledFunction, Compiler, CompilerOptions, Feed, PrecisionOptions } from './compiled-function.js';
export { mapTensors, type TensorData, type TensorLike, type TensorSpecification } from './structure.js';

/**
 * The same as `compile` without compiling: the function runs kernel by kernel on TensorFlow.js' backend. Importing this entry has no
 * side effects and loads no ONNX Runtime.
 *
 * @param fn Synchronous; every tensor that it makes and does not return is disposed.
 * @throws {CompileError} if it is to compute in 8 bits, which only graphs do.
 */
export function eager<Arguments extends unknown[], Result>(
  fn: (...args: Arguments) => Result,
  { precision }: CompilerOptions = {},
): CompiledFunction<Arguments, Result> {
  if (precision === 'int8') {
    throw new CompileError(
      'The precision int8 is for models that run as compiled graphs on the processor: the device cpu.',
    );
  }
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
