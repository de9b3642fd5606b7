import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from './errors.js';

/** A tensor without TensorFlow.js: values in row-major order. */
export interface TensorData {
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly shape: readonly number[];
  /** @default float32, int32 or bool, by the kind of the array */
  readonly dtype?: 'float32' | 'int32' | 'bool';
}

/** Shape and type of a tensor without values. */
export interface TensorSpecification {
  readonly shape: readonly number[];
  /**
   * `int64` is for `trace` alone: an input of this type in the ONNX model, as most readers of tokens give, and int32 in the function.
   * @default 'float32'
   */
  readonly dtype?: 'float32' | 'int32' | 'int64' | 'bool';
}

export type TensorLike = tf.Tensor | TensorData | TensorSpecification;

/** The tensors in nested arrays and objects, and what is around them. */
export interface Flattened<Leaf> {
  readonly leaves: readonly Leaf[];
  /** One name per leaf, made of the keys that lead to it. */
  readonly names: readonly string[];
  /** The same for arguments that differ in nothing but the values of tensors. */
  readonly key: string;
  /** The same structure with other tensors. */
  unflatten(leaves: readonly unknown[]): unknown;
}

/**
 * Finds the tensors in arguments or results. Everything else, numbers and objects with a class, is taken as it is. A variable counts
 * among those: it is not passed but closed over.
 *
 * @param prefix The name of what has no key of its own.
 */
export function flatten(structure: unknown, prefix: string): Flattened<TensorLike> {
  const leaves: TensorLike[] = [];
  const names: string[] = [];
  const template = visit(structure, []);
  return { leaves, names: distinct(names), key: template.key, unflatten: template.unflatten };

  function visit(part: unknown, path: readonly string[]): Template {
    if (isTensorLike(part)) {
      const index = leaves.push(part) - 1;
      const { dtype, shape } = typeOf(part);
      names.push(
        path.some((key) => !/^\d+$/.test(key))
          ? path.filter((key, depth) => depth > 0 || !/^\d+$/.test(key)).join('.')
          : [prefix, ...path].join('_'),
      );
      return { key: `${dtype}[${shape}]`, unflatten: (replacements) => replacements[index] };
    }
    if (Array.isArray(part)) {
      const items = part.map((item, index) => visit(item, [...path, String(index)]));
      return {
        key: `[${items.map(({ key }) => key).join()}]`,
        unflatten: (replacements) => items.map((item) => item.unflatten(replacements)),
      };
    }
    if (isPlainObject(part)) {
      const entries = Object.entries(part).map(([name, item]) => [name, visit(item, [...path, name])] as const);
      return {
        key: `{${entries.map(([name, { key }]) => `${JSON.stringify(name)}:${key}`).join()}}`,
        unflatten: (replacements) =>
          Object.fromEntries(entries.map(([name, item]) => [name, item.unflatten(replacements)])),
      };
    }
    return { key: staticKey(part), unflatten: () => part };
  }
}

/**
 * The same structure with something else instead of each tensor; variables and everything else are taken as they are.
 *
 * @param change Its second argument is the leaf's name, as in `flatten`.
 */
export function mapTensors(structure: unknown, change: (leaf: TensorLike, name: string) => unknown): unknown {
  const { leaves, names, unflatten } = flatten(structure, 'input');
  return unflatten(leaves.map((leaf, index) => change(leaf, names[index]!)));
}

/** Checks that a leaf has values, as many as its shape takes. */
export function tensorData(leaf: TensorData | TensorSpecification, name: string): TensorData {
  if (!('data' in leaf)) {
    throw new CompileError(
      `The input "${name}" is a shape without values: give it data, or call trace for a graph alone.`,
    );
  }
  const size = tf.util.sizeFromShape([...leaf.shape]);
  if (leaf.data.length !== size) {
    throw new CompileError(
      `The input "${name}" of shape [${leaf.shape}] expects ${size} values, got ${leaf.data.length}.`,
    );
  }
  return leaf;
}

type Template = Pick<Flattened<TensorLike>, 'key' | 'unflatten'>;

export function isTensorLike(part: unknown): part is TensorLike {
  if (part instanceof tf.Variable) return false;
  if (part instanceof tf.Tensor) return true;
  return (
    isPlainObject(part) &&
    Array.isArray(part.shape) &&
    Object.keys(part).every((key) => /^(data|shape|dtype)$/.test(key))
  );
}

export function typeOf(tensor: TensorLike): { shape: readonly number[]; dtype: tf.DataType | 'int64' } {
  const { shape, dtype } = tensor;
  if (dtype) return { shape, dtype };
  const data = 'data' in tensor ? tensor.data : undefined;
  return { shape, dtype: data instanceof Int32Array ? 'int32' : data instanceof Uint8Array ? 'bool' : 'float32' };
}

function isPlainObject(part: unknown): part is Record<string, unknown> {
  if (typeof part !== 'object' || part === null) return false;
  const prototype = Object.getPrototypeOf(part);
  return prototype === Object.prototype || prototype === null;
}

function distinct(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  });
}

const identities = new WeakMap<object, number>();
let identityCount = 0;

function staticKey(part: unknown): string {
  if (typeof part === 'string') return JSON.stringify(part);
  if ((typeof part !== 'object' && typeof part !== 'function') || part === null)
    return `${typeof part}:${Object.is(part, -0) ? '-0' : String(part)}`;
  if (!identities.has(part)) identities.set(part, identityCount++);
  return `object:${identities.get(part)}`;
}
