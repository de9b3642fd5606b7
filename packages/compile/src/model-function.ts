import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from './errors.js';
import { isTensorLike, type TensorSpecification } from './structure.js';

/** What a model of TensorFlow.js is given: its one tensor, all in its order, or by its inputs' names. */
export type ModelInputs = tf.Tensor | tf.Tensor[] | tf.NamedTensorMap;

/** A `tf.LayersModel`, a `tf.Sequential` or a `tf.GraphModel`. */
export interface ModelLike {
  readonly inputs: readonly {
    readonly name: string;
    readonly shape?: readonly (number | null)[];
    readonly dtype?: string;
  }[];
  predict(inputs: never, settings?: never): unknown;
}

interface LayersModelLike extends ModelLike {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly layers: readonly { readonly name: string; readonly stateful?: boolean }[];
  readonly built: boolean;
  build(): void;
  apply(inputs: tf.Tensor | tf.Tensor[], settings: { training: boolean }): unknown;
}

interface GraphModelLike extends ModelLike {
  readonly inputNodes: readonly string[];
  readonly outputNodes: readonly string[];
  predict(inputs: ModelInputs): unknown;
}

export function isModel(given: unknown): given is ModelLike {
  return typeof given === 'object' && given !== null && 'predict' in given && typeof given.predict === 'function';
}

/**
 * A model as a function that can be traced: what its `predict` computes, in one piece.
 *
 * @throws {CompileError} if it is no model of TensorFlow.js, or one that keeps a state between calls.
 */
export function functionOf(model: ModelLike): (inputs: ModelInputs) => unknown {
  if (isGraphModel(model)) return (inputs) => predictGraph(model, inputs);
  if (!isLayersModel(model)) {
    throw new CompileError(
      'This object is no model that can be compiled: give a function, a tf.LayersModel, a tf.Sequential that has an input shape, or a tf.GraphModel.',
    );
  }
  // A tf.Sequential has no names of inputs before its first prediction builds it.
  if (!model.built && model.inputs.length > 0) model.build();
  const stateful = model.layers.find((layer) => layer.stateful);
  if (stateful) {
    throw new CompileError(
      `The layer "${stateful.name}" is stateful: it keeps its state from one call to the next, which a compiled model can't. ` +
        'Make it without `stateful`, or run the model without compiling it.',
    );
  }
  return (inputs) => {
    const ordered = inOrder(inputs, model.inputNames);
    return model.apply(ordered.length === 1 ? ordered[0]! : ordered, { training: false });
  };
}

/** The same with inputs and outputs by the model's own names, as an ONNX file has them. */
export function namedFunctionOf(model: ModelLike): (inputs: tf.NamedTensorMap) => unknown {
  const run = functionOf(model);
  const names = isGraphModel(model) ? model.outputNodes : (model as LayersModelLike).outputNames;
  return (inputs) => {
    const outputs = run(inputs);
    if (!Array.isArray(outputs) && !(outputs instanceof tf.Tensor)) return outputs;
    return Object.fromEntries([outputs].flat().map((output, index) => [names[index]!, output]));
  };
}

/**
 * The model's inputs by name: those given, or the shapes that the model declares.
 *
 * @param freeBatch Whether the first size may be open.
 */
export function namedInputsOf(model: ModelLike, given: unknown, freeBatch: boolean): Record<string, unknown> {
  const names = inputNamesOf(model);
  if (given === undefined) {
    const declared = model.inputs.map((input, index) => specificationOf(names[index]!, input, freeBatch));
    return Object.fromEntries(names.map((name, index) => [name, declared[index]]));
  }
  const ordered = inOrder(given as ModelInputs, names);
  return Object.fromEntries(names.map((name, index) => [name, ordered[index]]));
}

function inputNamesOf(model: ModelLike): readonly string[] {
  if (isGraphModel(model)) return model.inputNodes;
  return isLayersModel(model) ? model.inputNames : model.inputs.map(({ name }) => name);
}

function specificationOf(
  name: string,
  { shape, dtype }: ModelLike['inputs'][number],
  freeBatch: boolean,
): TensorSpecification {
  const sizes = shape?.map((size, axis) => (axis === 0 && freeBatch ? 1 : (size ?? -1)));
  if (!sizes || sizes.some((size) => size < 0)) {
    throw new CompileError(
      `The model's input "${name}" has the shape [${shape?.map((size) => (size === null || size < 0 ? '?' : size))}], which leaves sizes open: ` +
        `give trace the inputs, for example { "${name}": { shape: [1, …] } }${freeBatch ? '' : ', or set dynamicBatch where only the batch is open'}.`,
    );
  }
  return { shape: sizes, dtype: (dtype ?? 'float32') as 'float32' };
}

/** @throws {CompileError} if there are too few, too many or unknown ones. */
function inOrder(inputs: ModelInputs, names: readonly string[]): tf.Tensor[] {
  const list = names.map((name) => `"${name}"`).join(', ');
  if (isTensorLike(inputs) || Array.isArray(inputs)) {
    const tensors = [inputs].flat() as tf.Tensor[];
    if (tensors.length === names.length && tensors.every(isTensorLike)) return tensors;
    throw new CompileError(`The model has ${count(names.length, 'input')} (${list}), but got ${tensors.length}.`);
  }
  if (typeof inputs !== 'object' || inputs === null) {
    throw new CompileError(`The model's inputs are tensors (${list}), but got ${inputs}.`);
  }
  const given = new Map(Object.entries(inputs).map(([name, tensor]) => [withoutIndex(name), tensor]));
  const missing = names.find((name) => !given.has(withoutIndex(name)));
  if (missing !== undefined) throw new CompileError(`The model's input "${missing}" is missing. It has ${list}.`);
  const known = new Set(names.map(withoutIndex));
  const unknown = Object.keys(inputs).find((name) => !known.has(withoutIndex(name)));
  if (unknown !== undefined) throw new CompileError(`The model has no input "${unknown}". It has ${list}.`);
  return names.map((name) => given.get(withoutIndex(name))!);
}

/** TensorFlow calls the first output of a node by the node's name, or with :0 behind. */
function withoutIndex(name: string): string {
  return name.replace(/:0$/, '');
}

function predictGraph(model: GraphModelLike, inputs: ModelInputs): unknown {
  const ordered = inOrder(inputs, model.inputNodes);
  try {
    return model.predict(ordered);
  } catch (error) {
    throw refusal(error as Error);
  }
}

/** TensorFlow.js says of operations whose results have a size that depends on values, or that choose what to run, that they are to be awaited. */
function refusal(error: Error): Error {
  const [, node, operation] = /contains the node '(.+)', which has the dynamic op '(.+?)'/.exec(error.message) ?? [];
  const [, promised] = /execution of the op '(.+?)' returned a promise/.exec(error.message) ?? [];
  const name = operation ?? promised;
  if (name === undefined) return error;
  return new CompileError(
    `The model has the operation ${name}${node === undefined ? '' : ` (node "${node}")`}: what it runs, or the size of its result, depends on values, ` +
      'which a compiled graph cannot have. Compile a function that executes the part before it, ' +
      'compile((x) => model.execute(x, [nodes])), or run the model by executeAsync.',
  );
}

function isGraphModel(model: ModelLike): model is GraphModelLike {
  return 'inputNodes' in model && 'outputNodes' in model;
}

function isLayersModel(model: ModelLike): model is LayersModelLike {
  return 'layers' in model && Array.isArray(model.layers) && 'inputNames' in model && Array.isArray(model.inputNames);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
