import type { Value } from './value.js';

/**
 * Constant folding of numbers that are the same in every element: the ones that gradients start with, the zeros of what does not depend
 * on an input, the scalars of the program. Constants with contents are left to ONNX Runtime, which folds them when it loads the graph.
 */
export function foldBinary(operator: string, a: Value, b: Value): number | undefined {
  if (a.splat === undefined || b.splat === undefined || a.dtype !== 'float32' || b.dtype !== 'float32')
    return undefined;
  const result = BINARY[operator]?.(a.splat, b.splat);
  return result === undefined ? undefined : Math.fround(result);
}

export function foldUnary(operator: string, x: Value): number | undefined {
  if (x.splat === undefined || x.dtype !== 'float32') return undefined;
  const result = UNARY[operator]?.(x.splat);
  return result === undefined ? undefined : Math.fround(result);
}

const BINARY: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
};

const UNARY: Record<string, (x: number) => number> = {
  Neg: (x) => -x,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Floor: Math.floor,
  Abs: Math.abs,
};

/** What stands instead of an operation on floats. */
export type Simplification =
  | { kind: 'operand'; value: Value }
  | { kind: 'number'; number: number }
  | { kind: 'product'; factor: number };

/**
 * x·1, x+0, x−0, x/1 and x^1 are x, x·0 is 0 (as in every compiler that is allowed to: an infinity in x would have made NaN), and a
 * division by a power of two is a product.
 */
export function simplifyBinary(operator: string, a: Value, b: Value): Simplification | undefined {
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const first = a.splat;
  const second = b.splat;
  if (operator === 'Mul') {
    if (first === 0 || second === 0) return { kind: 'number', number: 0 };
    if (second === 1) return { kind: 'operand', value: a };
    if (first === 1) return { kind: 'operand', value: b };
  }
  if (operator === 'Add' && first === 0) return { kind: 'operand', value: b };
  if ((operator === 'Add' || operator === 'Sub') && second === 0) return { kind: 'operand', value: a };
  if ((operator === 'Div' || operator === 'Pow') && second === 1) return { kind: 'operand', value: a };
  if (operator === 'Div' && second !== undefined && Number.isInteger(Math.log2(Math.abs(second)))) {
    return { kind: 'product', factor: 1 / second };
  }
  return undefined;
}
