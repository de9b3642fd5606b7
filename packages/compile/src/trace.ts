import { CompileError } from './errors.js';
import { mergeBatches } from './graph/dynamic-batch.js';
import type { Graph } from './graph/graph.js';
import { isModel, type ModelInputs, type ModelLike, namedFunctionOf, namedInputsOf } from './model-function.js';
import { flatten, isTensorLike, type TensorLike, type TensorSpecification, typeOf } from './structure.js';
import { traceFunction } from './tracing/trace-function.js';

export interface TraceOptions {
  /**
   * Leave the first axis of every input open, so that the graph, and the ONNX file made of it, takes batches of any size; the sizes given
   * for it do not matter. The function is traced for batches of several sizes, and has to do the same for each: sizes may grow with the
   * batch, but no number may depend on it. Every output needs an axis that grows with it.
   * @default false
   */
  dynamicBatch?: boolean;
}

/** Inputs of a model; instead of a tensor `{ shape, dtype }` will do. */
export type ModelSpecification =
  | ModelInputs
  | TensorSpecification
  | readonly TensorSpecification[]
  | Readonly<Record<string, TensorSpecification>>;

/**
 * Traces a model into a graph, whose inputs and outputs have the model's own names.
 *
 * @param model A `tf.LayersModel`, `tf.Sequential` or `tf.GraphModel`.
 * @param inputs Its one input, a list, or by name. @default the shapes that the model declares
 * @throws {CompileError} naming what is not compiled, or what shape is open.
 */
export function trace(model: ModelLike, inputs?: ModelSpecification, options?: TraceOptions): Graph;
/**
 * Traces a function into a graph without running it.
 *
 * @param fn Takes tensors and returns tensors, in arrays and objects if it likes. Everything else that it is given or closes over becomes
 * part of the graph.
 * @param inputs A list of arguments, or the one argument. Instead of a tensor a `{ shape, dtype }` will do. The graph's inputs are named
 * after the keys of objects, or `input_0` and so on; its outputs likewise, or `output`.
 * @throws {UnsupportedKernelError} naming the kernel and the line that uses it.
 */
export function trace(
  fn: (...args: never[]) => unknown,
  inputs: readonly unknown[] | object,
  options?: TraceOptions,
): Graph;
export function trace(
  program: ModelLike | ((...args: never[]) => unknown),
  inputs?: unknown,
  { dynamicBatch = false }: TraceOptions = {},
): Graph {
  if (isModel(program)) {
    return traceProgram(namedFunctionOf(program), [namedInputsOf(program, inputs, dynamicBatch)], dynamicBatch);
  }
  if (typeof program !== 'function' || typeof inputs !== 'object' || inputs === null)
    throw new CompileError('trace takes a function and its inputs, or a model.');
  return traceProgram(program, Array.isArray(inputs) && !isTensorLike(inputs) ? inputs : [inputs], dynamicBatch);
}

function traceProgram(fn: (...args: never[]) => unknown, args: readonly unknown[], dynamicBatch: boolean): Graph {
  const flat = flatten(args, 'input');
  if (!dynamicBatch) return traceFunction(fn, flat).graph;
  return mergeBatches((size) => {
    const leaves = flat.leaves.map((leaf, index) => withBatch(leaf, size, flat.names[index]!));
    return traceFunction(fn, flatten(flat.unflatten(leaves), 'input')).graph;
  });
}

function withBatch(leaf: TensorLike, size: number, name: string) {
  const { shape, dtype } = typeOf(leaf);
  if (shape.length === 0)
    throw new CompileError(`The input "${name}" is a scalar, which has no batch: trace without dynamicBatch.`);
  return { shape: [size, ...shape.slice(1)], dtype };
}
