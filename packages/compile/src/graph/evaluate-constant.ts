import type { Traced } from './operations.js';
import {
  type ElementType,
  elementCount,
  type Node,
  type TensorValues,
  type TypedArray,
  typedArray,
  type Value,
} from './value.js';

/** Larger tensors are no shapes. */
const MAXIMUM_ELEMENTS = 1024;

interface Known {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
}

/**
 * The values of a small tensor that depends on constants alone: how graphs of TensorFlow compute the shapes that they reshape, slice and
 * resize to. Undefined where it depends on anything else, is large, or takes other operators than such computations have.
 */
export function evaluateConstant({ value, shape }: Traced): TensorValues | undefined {
  const known = evaluate(value, new Map());
  if (!known || elementCount(shape) > MAXIMUM_ELEMENTS) return undefined;
  return typedArray(value.dtype, expand(known, shape)) as TensorValues;
}

function evaluate(value: Value, seen: Map<Node, Known[] | undefined>): Known | undefined {
  const { source, shape, dtype } = value;
  if (elementCount(shape) > MAXIMUM_ELEMENTS) return undefined;
  if (source.kind === 'constant') return { data: numbersOf(source.data), shape, dtype };
  if (source.kind !== 'node') return undefined;
  const { node } = source;
  if (!seen.has(node)) seen.set(node, evaluateNode(node, seen));
  return seen.get(node)?.[source.index];
}

function evaluateNode(node: Node, seen: Map<Node, Known[] | undefined>): Known[] | undefined {
  const inputs: Known[] = [];
  for (const input of node.inputs) {
    const known = input && evaluate(input, seen);
    if (!known) return undefined;
    inputs.push(known);
  }
  const results = compute(node, inputs);
  return results?.map((data, index) => ({
    data,
    shape: node.outputs[index]!.shape,
    dtype: node.outputs[index]!.dtype,
  }));
}

const BINARY: Record<string, (a: number, b: number) => number> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
  Mod: (a, b) => ((a % b) + b) % b,
  Pow: (a, b) => a ** b,
  Equal: (a, b) => Number(a === b),
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  And: (a, b) => Number(a && b),
  Or: (a, b) => Number(a || b),
};
const UNARY: Record<string, (x: number) => number> = {
  Abs: Math.abs,
  Neg: (x) => -x,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Not: (x) => Number(!x),
};
const REDUCTIONS: Record<string, (values: readonly number[]) => number> = {
  ReduceSum: (values) => values.reduce((sum, value) => sum + value, 0),
  ReduceProd: (values) => values.reduce((product, value) => product * value, 1),
  ReduceMax: (values) => Math.max(...values),
  ReduceMin: (values) => Math.min(...values),
};

/** The outputs of an operator; undefined of one that is not known here. */
function compute({ operator, attributes, outputs }: Node, inputs: readonly Known[]): ArrayLike<number>[] | undefined {
  const [x, second, third, , steps] = inputs as [Known, Known, Known, Known, Known];
  const { shape, dtype } = outputs[0]!;
  // As the element type holds it: integers are divided without a rest, floats have 32 bits.
  const stored = (numbers: ArrayLike<number>) =>
    numbersOf(typedArray(dtype, Array.from(numbers, dtype === 'int64' ? Math.trunc : Number)));
  const positions = () => positionsOf(shape);
  if (BINARY[operator]) {
    const [a, b] = [expand(x, shape), expand(second, shape)];
    return [stored(Array.from(a, (value, index) => BINARY[operator]!(value, b[index]!)))];
  }
  if (UNARY[operator]) return [stored(Array.from(x.data, UNARY[operator]))];
  if (REDUCTIONS[operator]) {
    // Along the given axes, whose positions are left out.
    const axes = new Set(Array.from(second.data));
    const groups = new Map<string, number[]>();
    for (const [index, position] of positionsOf(x.shape).entries()) {
      const key = position.filter((_, axis) => !axes.has(axis)).join();
      groups.set(key, [...(groups.get(key) ?? []), x.data[index]!]);
    }
    return [stored([...groups.values()].map(REDUCTIONS[operator]))];
  }
  switch (operator) {
    case 'Cast':
      return [dtype === 'bool' ? Array.from(x.data, (value) => Number(value !== 0)) : stored(x.data)];
    case 'Reshape':
    case 'Identity':
      return [x.data];
    case 'Expand':
      return [expand(x, shape)];
    case 'Where': {
      const [condition, yes, no] = [expand(x, shape), expand(second, shape), expand(third, shape)];
      return [Array.from(condition, (is, index) => (is ? yes : no)[index]!)];
    }
    case 'Slice':
      return [
        positions().map((position) =>
          at(
            x,
            position.map((place, axis) => second.data[axis]! + place * steps.data[axis]!),
          ),
        ),
      ];
    case 'Transpose': {
      const perm = attributes.perm as readonly number[];
      return [
        positions().map((position) =>
          at(
            x,
            x.shape.map((_, axis) => position[perm.indexOf(axis)]!),
          ),
        ),
      ];
    }
    case 'Gather': {
      const axis = attributes.axis as number;
      const rank = second.shape.length;
      if (Array.from(second.data).some((place) => place < 0 || place >= x.shape[axis]!)) return undefined;
      return [
        positions().map((position) => {
          const index = at(second, position.slice(axis, axis + rank));
          return at(x, [...position.slice(0, axis), index, ...position.slice(axis + rank)]);
        }),
      ];
    }
    case 'Concat': {
      const axis = attributes.axis as number;
      return [
        positions().map((position) => {
          let place = position[axis]!;
          const part = inputs.find((input) => {
            if (place < input.shape[axis]!) return true;
            place -= input.shape[axis]!;
            return false;
          })!;
          return at(part, position.with(axis, place));
        }),
      ];
    }
    case 'Split': {
      const axis = attributes.axis as number;
      let start = 0;
      return outputs.map((output) => {
        const first = start;
        start += output.shape[axis]!;
        return positionsOf(output.shape).map((position) => at(x, position.with(axis, position[axis]! + first)));
      });
    }
    default:
      return undefined;
  }
}

function numbersOf(data: TypedArray): number[] {
  return Array.from(data as ArrayLike<number>, Number);
}

/** The values of a tensor at every place of a shape that it broadcasts to. */
function expand(known: Known, shape: readonly number[]): ArrayLike<number> {
  if (known.data.length === elementCount(shape)) return known.data;
  return positionsOf(shape).map((position) => {
    const own = position.slice(position.length - known.shape.length);
    return at(
      known,
      own.map((place, axis) => (known.shape[axis] === 1 ? 0 : place)),
    );
  });
}

function at({ data, shape }: Known, position: readonly number[]): number {
  return data[position.reduce((index, place, axis) => index * shape[axis]! + place, 0)]!;
}

/** All positions in a tensor, in row-major order. */
function positionsOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (positions, size) =>
      positions.flatMap((position) => Array.from({ length: size }, (_, place) => [...position, place])),
    [[]],
  );
}
