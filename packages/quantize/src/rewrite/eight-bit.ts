import { UINT8 } from '../format/types.js';

export interface EightBitOptions {
  /** ONNX's INT8, around zero, or UINT8, from the smallest value to the largest. */
  readonly type: number;
  /** A scale for each of the last dimension's columns, instead of one for all. */
  readonly perChannel: boolean;
  /** Seven bits, for processors whose 8-bit products saturate. */
  readonly reduceRange: boolean;
}

export interface EightBitValues {
  readonly values: Int8Array | Uint8Array;
  /** Of float32 values: value = scale * (quantized value - zero point). One, or one a column. */
  readonly scales: Float32Array;
  readonly zeroPoints: Int8Array | Uint8Array;
}

/** Values in 8 bits, linearly, each the nearest (of two that are as near, the even one). */
export function quantizeEightBit(
  floats: Float32Array,
  columns: number,
  { type, perChannel, reduceRange }: EightBitOptions,
): EightBitValues {
  const channels = perChannel ? columns : 1;
  const minima = new Float32Array(channels);
  const maxima = new Float32Array(channels);
  for (let index = 0; index < floats.length; index++) {
    const channel = perChannel ? index % columns : 0;
    const value = floats[index]!;
    if (value < minima[channel]!) minima[channel] = value;
    if (value > maxima[channel]!) maxima[channel] = value;
  }
  const unsigned = type === UINT8;
  const [lowest, highest] = unsigned ? [0, reduceRange ? 127 : 255] : reduceRange ? [-64, 64] : [-127, 127];
  const scales = new Float32Array(channels);
  const zeroPoints = unsigned ? new Uint8Array(channels) : new Int8Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const largest = Math.max(-minima[channel]!, maxima[channel]!);
    const [minimum, maximum] = unsigned ? [minima[channel]!, maxima[channel]!] : [-largest, largest];
    const scale = Math.fround(maximum - minimum) / (highest - lowest);
    scales[channel] = scale < SMALLEST_NORMAL ? 1 : scale;
    if (unsigned && scale >= SMALLEST_NORMAL) zeroPoints[channel] = roundHalfEven(lowest - minimum / scale);
  }
  const values = unsigned ? new Uint8Array(floats.length) : new Int8Array(floats.length);
  const [least, most] = unsigned ? [0, 255] : [-128, 127];
  for (let index = 0; index < floats.length; index++) {
    const channel = perChannel ? index % columns : 0;
    const rounded = roundHalfEven(Math.fround(floats[index]! / scales[channel]!)) + zeroPoints[channel]!;
    values[index] = Math.min(Math.max(rounded, least), most);
  }
  return { values, scales, zeroPoints };
}

/** Of float32. */
const SMALLEST_NORMAL = 2 ** -126;

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
