import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeAsFloat32, decodeValues, encodeValues } from './data-types.js';

/** What PyTorch makes of float32 values (tooling/parity/safetensors-goldens.py), all as bits. */
const rounding = JSON.parse(readFileSync(new URL('../fixtures/rounding.json', import.meta.url), 'utf8')) as Record<
  'float32' | 'float16' | 'bfloat16',
  number[]
>;

const fresh = (values: Uint8Array | Uint16Array | Uint32Array | BigInt64Array | BigUint64Array) =>
  new Uint8Array(values.buffer.slice(0) as ArrayBuffer);

describe.each([
  { dtype: 'F16', golden: rounding.float16 },
  { dtype: 'BF16', golden: rounding.bfloat16 },
] as const)('$dtype', ({ dtype, golden }) => {
  const bits = (values: Float32Array) => new Uint16Array(encodeValues(dtype, values).slice().buffer);

  it('rounds as PyTorch does', () => {
    expect([...bits(new Float32Array(Uint32Array.from(rounding.float32).buffer))]).toEqual(golden);
  });

  it('gives back every one of its values', () => {
    const every = Uint16Array.from({ length: 65536 }, (_, index) => index);
    const values = decodeValues(dtype, fresh(every)) as Float32Array;
    const again = bits(values);
    const differing = [...every].filter((index) => !Number.isNaN(values[index]) && again[index] !== index);
    expect(differing).toEqual([]);
    expect([...values].filter(Number.isNaN)).toHaveLength(dtype === 'F16' ? 2 * 1023 : 2 * 127);
    expect(decodeValues(dtype, fresh(again)).filter(Number.isNaN)).toHaveLength(dtype === 'F16' ? 2 * 1023 : 2 * 127);
  });
});

describe('integers', () => {
  it.each([
    ['U32', fresh(Uint32Array.of(1, 2147483648)), '2147483648'],
    ['I64', fresh(BigInt64Array.of(-2147483649n)), '-2147483649'],
    ['U64', fresh(BigUint64Array.of(2n ** 64n - 1n)), '18446744073709551615'],
  ] as const)(
    'of type %s that do not fit into 32 bits are refused, but can be read as float32',
    (dtype, bytes, value) => {
      expect(() => decodeValues(dtype, bytes)).toThrow(`holds ${value}, which does not fit into 32 bits`);
      expect(decodeAsFloat32(dtype, bytes).at(-1)).toBe(Math.fround(Number(value)));
    },
  );

  it.each([
    ['U8', Float32Array.of(256), '256'],
    ['I8', Int32Array.of(-129), '-129'],
    ['I32', Float64Array.of(0.5), '0.5'],
    ['U32', Int32Array.of(-1), '-1'],
    ['I64', Float32Array.of(1.5), '1.5'],
    ['I64', BigUint64Array.of(2n ** 63n), '9223372036854775808'],
    ['U64', Int32Array.of(-1), '-1'],
    ['I32', Float32Array.of(Number.NaN), 'NaN'],
  ] as const)('are not written as %s if they do not fit', (dtype, values, value) => {
    expect(() => encodeValues(dtype, values)).toThrow(`holds ${value}, which ${dtype} cannot hold`);
  });

  it('are written as a wider type', () => {
    expect(encodeValues('I64', Int32Array.of(-2, 3))).toEqual(fresh(BigInt64Array.of(-2n, 3n)));
    expect(encodeValues('U8', Float32Array.of(0, 255))).toEqual(Uint8Array.of(0, 255));
    expect(encodeValues('BOOL', Int32Array.of(0, 5, -1))).toEqual(Uint8Array.of(0, 1, 1));
  });
});
