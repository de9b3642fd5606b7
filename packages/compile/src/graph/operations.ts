import type { GraphBuilder } from './builder.js';
import { exactInverse, fold, simplifyBinary } from './folding.js';
import {
  type Attributes,
  type ElementType,
  elementCount,
  Float,
  ONNX_TYPES,
  sameShape,
  Value,
  type ValueType,
} from './value.js';

/**
 * A tensor of the traced program: a value, broadcast to a shape. The broadcast happens where something needs every element; until then
 * the ones and zeros that gradients are full of cost nothing.
 */
export interface Traced {
  readonly value: Value;
  readonly shape: readonly number[];
}

/** The vocabulary that kernels are written in: ONNX operators on traced tensors, with their shapes. */
export class Operations {
  constructor(readonly builder: GraphBuilder) {}

  scalar(value: number, dtype: ElementType = 'float32'): Traced {
    return { value: this.builder.scalar(value, dtype), shape: [] };
  }

  /** Every element the same number. */
  filled(value: number, shape: readonly number[], dtype: ElementType = 'float32'): Traced {
    return { value: this.builder.scalar(value, dtype), shape };
  }

  /** Numbers at equal distances. */
  sequence(length: number, start: number, step: number, dtype: ElementType = 'float32'): Traced {
    const numbers = Array.from({ length }, (_, index) => start + index * step);
    return this.constant(numbers, [length], dtype);
  }

  constant(values: ArrayLike<number>, shape: readonly number[], dtype: ElementType = 'float32'): Traced {
    return { value: this.builder.constant(values, shape, dtype), shape };
  }

  /** The value with every element in its place. */
  dense({ value, shape }: Traced): Value {
    if (sameShape(value.shape, shape)) return value;
    return this.builder.one('Expand', [value, this.builder.integers(shape)], shape, value.dtype);
  }

  /** A node on dense inputs with one output. */
  apply(
    operator: string,
    inputs: readonly (Traced | Value | undefined)[],
    shape: readonly number[],
    dtype: ElementType = 'float32',
    attributes?: Attributes,
  ): Traced {
    return this.applyAll(operator, inputs, [{ shape, dtype }], attributes)[0]!;
  }

  /** A node on dense inputs with several outputs. */
  applyAll(
    operator: string,
    inputs: readonly (Traced | Value | undefined)[],
    outputs: readonly ValueType[],
    attributes?: Attributes,
  ): Traced[] {
    const values = inputs.map((input) => (input === undefined || input instanceof Value ? input : this.dense(input)));
    return this.builder
      .node(operator, values, outputs, attributes)
      .map((value, index) => ({ value, shape: outputs[index]!.shape }));
  }

  /** An operator that maps each element by itself. */
  unary(operator: string, x: Traced, dtype: ElementType = x.value.dtype, attributes?: Attributes): Traced {
    const folded = fold(operator, x.value);
    if (folded !== undefined) return this.filled(folded, x.shape, dtype);
    return { value: this.builder.one(operator, [x.value], x.value.shape, dtype, attributes), shape: x.shape };
  }

  /** An operator on pairs of elements, broadcasting. Comparisons say that they return bool. */
  binary(operator: string, a: Traced, b: Traced, dtype: ElementType = a.value.dtype): Traced {
    const shape = broadcastShape(a.shape, b.shape);
    const known = fold(operator, a.value, b.value);
    if (known !== undefined) return this.filled(known, shape, dtype);
    const simpler = simplifyBinary(operator, a.value, b.value);
    if (typeof simpler === 'number') return this.filled(simpler, shape, dtype);
    if (simpler) return { value: simpler, shape };
    const factor = operator === 'Div' ? exactInverse(b.value) : undefined;
    if (factor !== undefined) return this.binary('Mul', a, this.scalar(factor));
    const value = this.builder.one(operator, [a.value, b.value], broadcastShape(a.value.shape, b.value.shape), dtype);
    return { value, shape };
  }

  add(a: Traced, b: Traced): Traced {
    return this.binary('Add', a, b);
  }

  subtract(a: Traced, b: Traced): Traced {
    return this.binary('Sub', a, b);
  }

  multiply(a: Traced, b: Traced): Traced {
    return this.binary('Mul', a, b);
  }

  divide(a: Traced, b: Traced): Traced {
    return this.binary('Div', a, b);
  }

  select(condition: Traced, yes: Traced, no: Traced): Traced {
    const shape = broadcastShape(condition.shape, broadcastShape(yes.shape, no.shape));
    if (condition.value.splat !== undefined) return { value: (condition.value.splat ? yes : no).value, shape };
    const values = [condition.value, yes.value, no.value];
    const real = values.map((value) => value.shape).reduce(broadcastShape);
    return { value: this.builder.one('Where', values, real, yes.value.dtype), shape };
  }

  cast(x: Traced, dtype: ElementType): Traced {
    const { value, shape } = x;
    if (value.dtype === dtype) return x;
    if (value.splat !== undefined) return this.filled(castNumber(value.splat, dtype), shape, dtype);
    // ONNX leaves open what happens to NaN here; TensorFlow.js' true is 1 for every number but 0.
    return this.unary('Cast', x, dtype, { to: ONNX_TYPES[dtype] });
  }

  reshape(x: Traced, shape: readonly number[]): Traced {
    if (sameShape(x.shape, shape)) return x;
    if (x.value.splat !== undefined) return { value: x.value, shape };
    const { source } = x.value;
    if (source.kind === 'constant' && elementCount(x.value.shape) === elementCount(shape)) {
      return { value: new Value(shape, x.value.dtype, source), shape };
    }
    // A reshape of a reshape is one of the original.
    const origin = source.kind === 'node' && source.node.operator === 'Reshape' && sameShape(x.value.shape, x.shape);
    const value = origin ? source.node.inputs[0]! : this.dense(x);
    if (sameShape(value.shape, shape)) return { value, shape };
    return this.apply('Reshape', [value, this.builder.integers(shape)], shape, value.dtype);
  }

  transpose(x: Traced, perm: readonly number[]): Traced {
    const shape = perm.map((axis) => x.shape[axis]!);
    if (x.value.splat !== undefined || perm.every((axis, index) => axis === index)) return { value: x.value, shape };
    const { source } = x.value;
    if (source.kind === 'node' && source.node.operator === 'Transpose' && sameShape(x.value.shape, x.shape)) {
      const first = source.node.attributes.perm as readonly number[];
      const original = source.node.inputs[0]!;
      return this.transpose(
        { value: original, shape: original.shape },
        perm.map((axis) => first[axis]!),
      );
    }
    return this.apply('Transpose', [x], shape, x.value.dtype, { perm });
  }

  slice(x: Traced, begin: readonly number[], size: readonly number[], strides = begin.map(() => 1)): Traced {
    if (x.value.splat !== undefined) return { value: x.value, shape: size };
    if (sameShape(size, x.shape) && strides.every((stride) => stride === 1)) return x;
    // The end of a slice that runs backwards to the first element lies before it, which ONNX writes as the lowest number.
    const end = begin.map((first, axis) => {
      const last = first + (size[axis]! - 1) * strides[axis]!;
      return strides[axis]! > 0 ? last + 1 : last === 0 ? -(2 ** 31) : last - 1;
    });
    const lists = [begin, end, begin.map((_, axis) => axis), strides].map((list) => this.builder.integers(list));
    return this.apply('Slice', [x, ...lists], size, x.value.dtype);
  }

  concatenate(parts: readonly Traced[], axis: number): Traced {
    const [first] = parts as [Traced];
    if (parts.length === 1) return first;
    const shape = [...first.shape];
    shape[axis] = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
    return this.apply('Concat', parts, shape, first.value.dtype, { axis });
  }

  /** `ReduceSum` and its like. */
  reduce(operator: string, x: Traced, axes: readonly number[], keepDimensions: boolean): Traced {
    const shape = x.shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDimensions ? [1] : []) : [size]));
    if (axes.length === 0) return { value: x.value, shape };
    const { splat, dtype } = x.value;
    if (splat !== undefined && dtype === 'float32') {
      const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
      if (operator === 'ReduceSum') return this.filled(splat * count, shape);
      if (operator !== 'ReduceProd' && count > 0) return this.filled(splat, shape);
    }
    const inputs = [x, this.builder.integers(axes)];
    return this.apply(operator, inputs, shape, dtype, { keepdims: Number(keepDimensions) });
  }

  pad(x: Traced, paddings: readonly (readonly [number, number])[], fill = 0): Traced {
    if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
    const shape = x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
    const amounts = [0, 1].flatMap((side) => paddings.map((padding) => padding[side]!));
    const inputs = [x, this.builder.integers(amounts), this.builder.scalar(fill, x.value.dtype)];
    return this.apply('Pad', inputs, shape, x.value.dtype);
  }

  /** scale · op(a) · op(b) on the last two axes; batch axes broadcast. */
  matrixProduct(a: Traced, b: Traced, { transposeA = false, transposeB = false, scale = 1 } = {}): Traced {
    const rows = a.shape.at(transposeA ? -1 : -2)!;
    const columns = b.shape.at(transposeB ? -2 : -1)!;
    const shape = [...broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
    if (a.value.splat === 0 || b.value.splat === 0) return this.filled(0, shape);
    const attributes = { transposeA: Number(transposeA), transposeB: Number(transposeB), scale: new Float(scale) };
    return this.apply('MatrixProduct', [a, b], shape, 'float32', attributes);
  }

  gather(x: Traced, indices: Traced, axis: number): Traced {
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    if (x.value.splat !== undefined) return { value: x.value, shape };
    return this.apply('Gather', [x, indices], shape, x.value.dtype, { axis });
  }
}

/** The shape to which two tensors broadcast. */
export function broadcastShape(one: readonly number[], other: readonly number[]): number[] {
  const rank = Math.max(one.length, other.length);
  return Array.from({ length: rank }, (_, axis) => {
    const first = one[axis - rank + one.length] ?? 1;
    const second = other[axis - rank + other.length] ?? 1;
    if (first !== second && first !== 1 && second !== 1) {
      throw new Error(`Shapes [${one}] and [${other}] do not broadcast to each other.`);
    }
    return first === 1 ? second : first;
  });
}

function castNumber(value: number, dtype: ElementType): number {
  if (dtype === 'bool') return Number(value !== 0);
  return dtype === 'float32' ? value : Math.trunc(value);
}
