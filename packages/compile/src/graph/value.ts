import type { ExternalPlace } from '../onnx/external-data.js';

/** Element types of a graph: those of TensorFlow.js, and the 64-bit integers that ONNX wants as shapes and axes. */
export type ElementType = 'float32' | 'int32' | 'bool' | 'int64';

/** Their numbers in onnx.proto. */
export const ONNX_TYPES: Record<ElementType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** Values of a TensorFlow.js tensor. */
export type TensorValues = Float32Array | Int32Array | Uint8Array;
export type TypedArray = TensorValues | BigInt64Array;

/** One tensor of a graph. Its shape is static. */
export class Value {
  private static count = 0;
  /** Different for every value of this process. */
  readonly id: number = Value.count++;

  constructor(
    readonly shape: readonly number[],
    readonly dtype: ElementType,
    readonly source: ValueSource,
  ) {}

  /** The one number that every element has, where that is known. */
  get uniform(): number | undefined {
    return this.source.kind === 'constant' && this.shape.length === 0 && this.dtype !== 'int64'
      ? (this.source.data[0] as number)
      : undefined;
  }
}

/** Where a value comes from. */
export type ValueSource =
  | { readonly kind: 'node'; readonly node: Node; readonly index: number }
  | { readonly kind: 'constant'; readonly data: TypedArray }
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'variable'; readonly variable: VariableLike }
  | { readonly kind: 'capture'; readonly capture: Capture };

/** What a graph needs of a `tf.Variable`. */
export interface VariableLike {
  readonly name: string;
  readonly isDisposed: boolean;
  data(): Promise<unknown>;
}

/** A tensor from outside that a traced function uses: a constant whose values lie on a TensorFlow.js backend. */
export interface Capture {
  /** Its identity on that backend. */
  readonly dataId: object;
  /** Its values, row-major. */
  read(): Promise<TensorValues>;
  /** The same at once; missing where that can't be done. */
  readSync?: (() => TensorValues) | undefined;
  /** Where they lie in the file of weights, if they do already. */
  readonly place?: ExternalPlace | undefined;
  /** Tells the owner that the values can from now on be had from elsewhere, so that it need not hold them any more. */
  release?(elsewhere: StoredValues): void;
}

/** Values that lie elsewhere and are fetched when asked for. */
export interface StoredValues {
  read(): Promise<TensorValues>;
  readSync?: (() => TensorValues) | undefined;
  /** Where they lie in the file of weights, and will at any later time; elsewhere somebody may write others over them. */
  readonly place?: ExternalPlace;
}

/** A computation: an ONNX operator, or `MatrixProduct`, which every execution provider gets in the form that suits it. */
export interface Node {
  readonly operator: string;
  /** An operator's missing optional inputs are undefined. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
}

/** A plain number is an integer; ONNX tells the two apart. */
export type Attribute = number | Float | string | readonly number[];
export type Attributes = Readonly<Record<string, Attribute>>;

/** A floating-point attribute. */
export class Float {
  constructor(readonly value: number) {}
}

export interface ValueType {
  readonly shape: readonly number[];
  readonly dtype: ElementType;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((size, axis) => size === other[axis]);
}

/** Values as an array of the element type's own kind. The array given is not copied where it already is of that kind. */
export function typedArray(dtype: ElementType, values: ArrayLike<number>): TypedArray {
  if (dtype === 'float32') return values instanceof Float32Array ? values : Float32Array.from(values);
  if (dtype === 'int32') return values instanceof Int32Array ? values : Int32Array.from(values);
  if (dtype === 'bool') return values instanceof Uint8Array ? values : Uint8Array.from(values);
  return BigInt64Array.from(Array.from(values, BigInt));
}
