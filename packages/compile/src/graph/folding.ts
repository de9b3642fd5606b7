import type { Value } from './value.js';

/**
 * Constant folding of numbers that are the same in every element: the ones that gradients start with, the zeros of what does not depend
 * on an input, the scalars of the program. Constants with contents are left to ONNX Runtime, which folds them when it loads the graph.
 */
export function fold(operator: string, ...operands: Value[]): number | undefined {
  if (!operands.every(({ splat, dtype }) => splat !== undefined && dtype === 'float32')) return undefined;
  const result = FOLDABLE[operator]?.(...operands.map(({ splat }) => splat!));
  return result === undefined ? undefined : Math.fround(result);
}

const FOLDABLE: Record<string, (...operands: number[]) => number> = {
  Add: (a, b) => a! + b!,
  Sub: (a, b) => a! - b!,
  Mul: (a, b) => a! * b!,
  Div: (a, b) => a! / b!,
  Max: Math.max,
  Min: Math.min,
  Neg: (x) => -x!,
  Sqrt: (x) => Math.sqrt(x!),
  Reciprocal: (x) => 1 / x!,
  Floor: (x) => Math.floor(x!),
  Abs: (x) => Math.abs(x!),
};

/**
 * What stands instead of an operation on floats: x·1, x+0, x−0, x/1 and x^1 are x, x·0 is 0 (as in every compiler that is allowed to: an
 * infinity in x would have made NaN).
 */
export function simplifyBinary(operator: string, a: Value, b: Value): Value | number | undefined {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const first = a.splat;
  const second = b.splat;
  if (operator === 'Mul') {
    if (first === 0 || second === 0) return 0;
    if (second === 1) return a;
    if (first === 1) return b;
  }
  if (operator === 'Add' && first === 0) return b;
  if ((operator === 'Add' || operator === 'Sub') && second === 0) return a;
  if ((operator === 'Div' || operator === 'Pow') && second === 1) return a;
  return undefined;
}

/** 1/x of a power of two: a division by it is a product. */
export function exactInverse({ splat, dtype }: Value): number | undefined {
  const isExact = splat !== undefined && dtype === 'float32' && Number.isInteger(Math.log2(Math.abs(splat)));
  return isExact ? 1 / splat : undefined;
}
