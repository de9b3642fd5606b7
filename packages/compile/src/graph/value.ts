/** Element types of a graph: those of TensorFlow.js, the 64-bit integers that ONNX wants as shapes and axes, and 8 bits of quantized weights. */
export type ElementType = 'float32' | 'int32' | 'bool' | 'int64' | 'int8';

/** Their numbers in onnx.proto. */
export const ONNX_TYPES: Record<ElementType, number> = { float32: 1, int8: 3, int32: 6, int64: 7, bool: 9 };

/** Values of a TensorFlow.js tensor. */
export type TensorValues = Float32Array | Int32Array | Uint8Array;
export type TypedArray = TensorValues | BigInt64Array | Int8Array;

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
  get splat(): number | undefined {
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

/** A tensor from outside that a traced function uses: a constant whose values are on a TensorFlow.js backend. */
export interface Capture extends StoredValues {
  /** Its identity on that backend. */
  readonly dataId: object;
  /** Tells the owner that the values are stored elsewhere too, so that it need not keep them. */
  release?(elsewhere: StoredValues): void;
}

/** Values that are stored elsewhere and read on demand. */
export interface StoredValues {
  read(): Promise<TensorValues>;
  /** The same at once; missing where that can't be done. */
  readSync?: (() => TensorValues) | undefined;
  /** Their location in the file of weights, where they stay; values stored anywhere else may be overwritten. */
  readonly location?: ExternalLocation | undefined;
}

/** Where values are stored in a file beside a model. */
export interface ExternalLocation {
  /** Name of the file. */
  readonly location: string;
  /** In bytes, as the length. */
  readonly offset: number;
  readonly length: number;
}

/** The values of a constant, a captured tensor or a variable, as they are now. */
export async function readWeight({ source }: Value): Promise<TypedArray> {
  if (source.kind === 'constant') return source.data;
  if (source.kind === 'capture') return source.capture.read();
  if (source.kind === 'variable') return (await source.variable.data()) as TypedArray;
  throw new Error('Only constants and variables have values before a graph runs.');
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
  if (dtype === 'int8') return values instanceof Int8Array ? values : Int8Array.from(values);
  return BigInt64Array.from(Array.from(values, BigInt));
}
