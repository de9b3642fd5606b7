import { QuantizeError } from '../error.js';
import { BOOL, FLOAT, FLOAT16, INT32, INT64 } from '../format/types.js';
import type { ValueInfo } from '../format/value-info.js';
import { sizeOf } from './sizes.js';

/** A tensor as ONNX Runtime takes it. */
export interface CheckInput {
  readonly type: 'float32' | 'float16' | 'int64' | 'int32' | 'bool';
  readonly data: Float32Array | Uint16Array | BigInt64Array | Int32Array | Uint8Array;
  readonly dims: readonly number[];
}

/**
 * Inputs for a model: normally distributed numbers, small positive integers, masks of ones, positions in order. They are the same at each call.
 * @param sizes Of dimensions that the model leaves open.
 * @throws {QuantizeError} if an input is no tensor of a common type.
 */
export function randomInputs(
  inputs: readonly ValueInfo[],
  sizes: ReadonlyMap<string, number>,
): Record<string, CheckInput> {
  const next = generator();
  return Object.fromEntries(inputs.map((input) => [input.name, randomInput(input, sizes, next)]));
}

function randomInput(
  { name, type, shape }: ValueInfo,
  sizes: ReadonlyMap<string, number>,
  next: () => number,
): CheckInput {
  const dims = (shape ?? []).map((dimension) => sizeOf(dimension, sizes));
  const count = dims.reduce((product, size) => product * size, 1);
  const integers = () => {
    if (/mask/.test(name)) return Array.from({ length: count }, () => 1);
    if (/token_type/.test(name)) return Array.from({ length: count }, () => 0);
    const last = dims.at(-1) ?? 1;
    if (/position/.test(name)) return Array.from({ length: count }, (_, index) => index % last);
    return Array.from({ length: count }, () => 1 + Math.floor(100 * next()));
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  switch (type) {
    case FLOAT:
      return { type: 'float32', data: Float32Array.from({ length: count }, normal), dims };
    case FLOAT16:
      // Ones and minus ones.
      return {
        type: 'float16',
        data: Uint16Array.from({ length: count }, () => (next() < 0.5 ? 0x3c00 : 0xbc00)),
        dims,
      };
    case INT64:
      return { type: 'int64', data: BigInt64Array.from(integers(), BigInt), dims };
    case INT32:
      return { type: 'int32', data: Int32Array.from(integers()), dims };
    case BOOL:
      return { type: 'bool', data: new Uint8Array(count).fill(1), dims };
    default:
      throw new QuantizeError(
        `The input ${name} is of the element type ${type}, for which the check has no random values: give inputs, or leave the check out.`,
      );
  }
}

/** Uniform in [0, 1), by a linear congruential generator (Numerical Recipes). */
function generator(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
