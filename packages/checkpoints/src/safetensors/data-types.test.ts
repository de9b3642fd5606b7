import { describe, expect, it } from 'vitest';
import { decodeValues, toFloat16 } from './data-types.js';

const bytesOf = ({ buffer }: Uint16Array | Uint32Array | BigInt64Array | BigUint64Array) =>
  new Uint8Array(buffer as ArrayBuffer);

describe('half floats', () => {
  it.each([
    ['F16', 0x0001, 2 ** -24],
    ['F16', 0x03ff, 1023 * 2 ** -24],
    ['F16', 0x8400, -(2 ** -14)],
    ['F16', 0x3555, 1365 / 4096],
    ['F16', 0x7bff, 65504],
    ['F16', 0xfc00, Number.NEGATIVE_INFINITY],
    ['F16', 0x7e01, Number.NaN],
    ['F16', 0x8000, -0],
    ['BF16', 0x3fc0, 1.5],
    ['BF16', 0x0001, 2 ** -133],
    ['BF16', 0xff7f, -(2 ** 120) * 255],
    ['BF16', 0x7f80, Number.POSITIVE_INFINITY],
    ['BF16', 0x7fc1, Number.NaN],
  ] as const)('%s %i is %d', (dtype, half, value) => {
    expect(decodeValues(dtype, bytesOf(Uint16Array.of(half)))).toEqual(Float32Array.of(value));
  });
});

it.each([
  ['U32', bytesOf(Uint32Array.of(1, 2147483648)), '2147483648'],
  ['I64', bytesOf(BigInt64Array.of(-2147483649n)), '-2147483649'],
  ['U64', bytesOf(BigUint64Array.of(2n ** 64n - 1n)), '18446744073709551615'],
] as const)('integers of type %s that do not fit into 32 bits are refused', (dtype, bytes, value) => {
  expect(() => decodeValues(dtype, bytes)).toThrow(`holds ${value}, which does not fit into 32 bits`);
});

describe('toFloat16', () => {
  it('gives every half itself, and what lies between two the nearer, or the even one', () => {
    const bits = Uint16Array.from({ length: 0x7c00 }, (_, half) => half);
    const halves = decodeValues('F16', new Uint8Array(bits.buffer)) as Float32Array;
    expect(toFloat16(halves)).toEqual(bits);
    expect(toFloat16(halves.map((value) => -value))).toEqual(bits.map((half) => half | 0x8000));
    const middles = halves.subarray(1).map((value, at) => (value + halves[at]!) / 2);
    expect(toFloat16(middles)).toEqual(bits.subarray(1).map((half) => half - (half & 1)));
    const nearer = (share: number) => halves.subarray(1).map((value, at) => value * share + halves[at]! * (1 - share));
    expect(toFloat16(nearer(0.49))).toEqual(bits.subarray(0, -1));
    expect(toFloat16(nearer(0.51))).toEqual(bits.subarray(1));
  });

  it.each([65_520, Number.POSITIVE_INFINITY, Number.NaN])('refuses %s', (value) => {
    expect(() => toFloat16(Float32Array.of(value))).toThrow('does not fit into float16');
  });
});
