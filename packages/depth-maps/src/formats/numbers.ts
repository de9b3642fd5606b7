const ARRAYS = {
  u1: Uint8Array,
  i1: Int8Array,
  u2: Uint16Array,
  i2: Int16Array,
  f2: Uint16Array,
  u4: Uint32Array,
  i4: Int32Array,
  f4: Float32Array,
  f8: Float64Array,
  u8: BigUint64Array,
  i8: BigInt64Array,
} as const;

/** A type of numbers by NumPy's name: unsigned, signed or floating, and its bytes. */
export type NumberType = keyof typeof ARRAYS;

export type NumberArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Whether a name is a {@link NumberType}. */
export function isNumberType(name: string): name is NumberType {
  return Object.hasOwn(ARRAYS, name);
}

/** Bytes of one number. */
export function bytesOfType(type: NumberType): number {
  return ARRAYS[type].BYTES_PER_ELEMENT;
}

/**
 * Numbers from their bytes, in either byte order.
 *
 * @returns an array of its own; halves become float32, integers of 64 bits float64.
 */
export function readNumbers(type: NumberType, bytes: Uint8Array, littleEndian = true): NumberArray {
  const size = bytesOfType(type);
  const own = new Uint8Array(bytes.subarray(0, bytes.length - (bytes.length % size)));
  if (!littleEndian) for (let at = 0; at < own.length; at += size) own.subarray(at, at + size).reverse();
  const values = new ARRAYS[type](own.buffer);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return Float64Array.from(values, Number);
  return type === 'f2' ? Float32Array.from(values as Uint16Array, halfToNumber) : values;
}

/** The value of an IEEE 754 half: 1 sign bit, 5 of exponent, 10 of fraction. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
