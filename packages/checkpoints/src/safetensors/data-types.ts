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
export function decodeValues(dataType: DataType, bytes: Uint8Array<ArrayBuffer>): Float32Array | Int32Array {
  const { buffer } = bytes;
  switch (dataType) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'F16':
      return fromFloat16(new Uint16Array(buffer));
    case 'BF16':
      return fromBfloat16(new Uint16Array(buffer));
    case 'I32':
      return new Int32Array(buffer);
    case 'BOOL':
      return Int32Array.from(bytes, (value) => (value === 0 ? 0 : 1));
    case 'U8':
      return Int32Array.from(bytes);
    case 'I8':
      return Int32Array.from(new Int8Array(buffer));
    case 'I16':
      return Int32Array.from(new Int16Array(buffer));
    case 'U16':
      return Int32Array.from(new Uint16Array(buffer));
    case 'U32':
      return Int32Array.from(new Uint32Array(buffer), fitting);
    case 'I64':
      return fromInteger64(new BigInt64Array(buffer));
    case 'U64':
      return fromInteger64(new BigUint64Array(buffer));
    default:
      throw new TypeError(`values of type ${dataType} have no conversion here; read their bytes`);
  }
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

/** The upper half of a float32. */
function fromBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) bits[index] = halves[index]! << 16;
  return new Float32Array(bits.buffer);
}

/** IEEE 754 binary16, by a table of all its 65,536 values. */
function fromFloat16(halves: Uint16Array): Float32Array {
  const table = float16Table();
  const values = new Float32Array(halves.length);
  for (let index = 0; index < halves.length; index++) values[index] = table[halves[index]!]!;
  return values;
}

let cachedFloat16Table: Float32Array | undefined;

function float16Table(): Float32Array {
  cachedFloat16Table ??= Float32Array.from({ length: 65536 }, (_, half) => {
    const sign = half < 0x8000 ? 1 : -1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
  return cachedFloat16Table;
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
