/** Typed arrays that hold a tensor's values. */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** The data types of safetensors. The float8 types and C64 are only read as bytes. */
export type DataType = keyof typeof BYTES_PER_VALUE;

/** Bytes of one value. The order is that of the reference implementation, which writes the last first (see `encodeSafetensors`). */
export const BYTES_PER_VALUE = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  C64: 8,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;

export function isDataType(name: string): name is DataType {
  return Object.hasOwn(BYTES_PER_VALUE, name);
}

/**
 * A tensor's bytes as numbers: Float32Array for F64, F32, F16 and BF16, Int32Array for integers and BOOL (0 and 1).
 * @param bytes Little-endian, at offset 0 of a buffer of their own. F32 and I32 are not copied.
 * @throws {RangeError} if an integer does not fit into 32 bits.
 * @throws {TypeError} if the type has no conversion.
 */
export function decodeValues(dataType: DataType, { buffer }: Uint8Array<ArrayBuffer>): Float32Array | Int32Array {
  const decode = DECODERS[dataType];
  if (decode) return decode(buffer);
  throw new TypeError(`values of type ${dataType} have no conversion here; read their bytes`);
}

const DECODERS: Partial<Record<DataType, (buffer: ArrayBuffer) => Float32Array | Int32Array>> = {
  F64: (buffer) => Float32Array.from(new Float64Array(buffer)),
  F32: (buffer) => new Float32Array(buffer),
  // The upper half of a float32.
  BF16: (buffer) => fromBits(new Uint16Array(buffer), (half) => half << 16),
  // The bits of a float32 whose exponent is too small by 112, except for infinity and NaN.
  F16: (buffer) =>
    fromBits(new Uint16Array(buffer), (half) => {
      const isNumber = (half & 0x7c00) !== 0x7c00;
      return ((half & 0x8000) << 16) | ((half & 0x7fff) << 13) | (isNumber ? 0 : 0x7f800000);
    }).map((value) => value * 2 ** 112),
  BOOL: (buffer) => Int32Array.from(new Uint8Array(buffer), (value) => (value === 0 ? 0 : 1)),
  U8: (buffer) => Int32Array.from(new Uint8Array(buffer)),
  I8: (buffer) => Int32Array.from(new Int8Array(buffer)),
  I16: (buffer) => Int32Array.from(new Int16Array(buffer)),
  U16: (buffer) => Int32Array.from(new Uint16Array(buffer)),
  I32: (buffer) => new Int32Array(buffer),
  U32: (buffer) => Int32Array.from(new Uint32Array(buffer), fitting),
  I64: (buffer) => fromInteger64(new BigInt64Array(buffer)),
  U64: (buffer) => fromInteger64(new BigUint64Array(buffer)),
};

/**
 * Float16 of numbers, each the nearest (of two that are as near, the even one).
 * @throws {RangeError} if a number is not finite or beyond 65,504.
 */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(bits.length);
  for (let index = 0; index < bits.length; index++) {
    const word = bits[index]!;
    const magnitude = word & 0x7fffffff;
    const half = magnitude >= SMALLEST_NORMAL ? roundShift(magnitude - 0x38000000, 13) : subnormal(magnitude);
    if (half >= 0x7c00) throw new RangeError(`holds ${values[index]}, which does not fit into float16`);
    halves[index] = ((word >>> 16) & 0x8000) | half;
  }
  return halves;
}

/** The float32 2⁻¹⁴: smaller halves have no leading 1, and steps of 2⁻²⁴. */
const SMALLEST_NORMAL = 0x38800000;

function subnormal(magnitude: number): number {
  const shift = 126 - (magnitude >>> 23);
  return shift > 24 ? 0 : roundShift((magnitude & 0x7fffff) | 0x800000, shift);
}

/** A whole number divided by a power of two. */
function roundShift(value: number, shift: number): number {
  const even = (value >>> shift) & 1;
  return (value + 2 ** (shift - 1) - 1 + even) >>> shift;
}

function fromBits(halves: Uint16Array, bitsOf: (half: number) => number): Float32Array {
  const bits = new Int32Array(halves.length);
  for (let index = 0; index < halves.length; index++) bits[index] = bitsOf(halves[index]!);
  return new Float32Array(bits.buffer);
}

function fitting(value: number | bigint): number {
  if (value > 2147483647 || value < -2147483648)
    throw new RangeError(`holds ${value}, which does not fit into 32 bits`);
  return Number(value);
}

function fromInteger64(values: BigInt64Array | BigUint64Array): Int32Array {
  const result = new Int32Array(values.length);
  for (let index = 0; index < values.length; index++) result[index] = fitting(values[index]!);
  return result;
}

/** The data type that a typed array has of itself. */
export function naturalDataType(values: NumericArray): DataType {
  if (values instanceof Float32Array) return 'F32';
  if (values instanceof Float64Array) return 'F64';
  if (values instanceof Int32Array) return 'I32';
  if (values instanceof Int16Array) return 'I16';
  if (values instanceof Int8Array) return 'I8';
  if (values instanceof Uint32Array) return 'U32';
  if (values instanceof Uint16Array) return 'U16';
  if (values instanceof Uint8Array || values instanceof Uint8ClampedArray) return 'U8';
  if (values instanceof BigInt64Array) return 'I64';
  if (values instanceof BigUint64Array) return 'U64';
  throw new TypeError('its data is not a typed array');
}
