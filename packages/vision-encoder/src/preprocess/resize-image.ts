import { checkImage, type RawImage } from './raw-image.js';

/** How a pixel of the resized image is computed; the names and meanings are PIL's. */
export type ResamplingFilter = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

export interface ResizeOptions {
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  resample: ResamplingFilter;
}

/**
 * Resizes an RGB image as PIL's `Image.resize` does, to the bit: where the image gets smaller the filter is widened with it
 * (antialiasing), each row is resampled and then each column, and both passes compute with 22-bit fixed-point weights and round to
 * 8 bits. (With Hamming and Lanczos the last bit of a sine can decide a rounding: about one value in 10⁸ is off by one.)
 *
 * @param image With three channels; `toRgb` converts others.
 * @returns a new image, or the same one if its size does not change.
 * @throws if the image is malformed or not RGB, the size is not of positive integers or the filter is unknown.
 */
export function resizeImage(image: RawImage, { width, height, resample }: ResizeOptions): RawImage {
  checkImage(image);
  if (image.channels !== 3) throw new Error(`Expected an RGB image, got ${image.channels} channels: use toRgb first.`);
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new Error(`Cannot resize an image to ${width}×${height} pixels: both must be positive integers.`);
  }
  if (resample !== 'nearest' && !Object.hasOwn(FILTERS, resample)) {
    throw new Error(`Unknown resampling filter "${resample}". Expected nearest, ${Object.keys(FILTERS).join(', ')}.`);
  }
  const weights = (from: number, to: number) =>
    resample === 'nearest' ? nearestWeights(from, to) : weightsOf(from, to, FILTERS[resample]);
  const toWidth = (input: RawImage) =>
    input.width === width ? input : resampleRows(input, weights(input.width, width));
  const toHeight = (input: RawImage) =>
    input.height === height ? input : resampleColumns(input, weights(input.height, height));
  // PIL's exception, to save time on very tall images; the order shows in the last bit.
  const columnsFirst = image.height > 100 * image.width && height < image.height;
  return columnsFirst ? toWidth(toHeight(image)) : toHeight(toWidth(image));
}

interface Filter {
  /** The filter is zero further from its center than this. */
  support: number;
  at: (x: number) => number;
}

const FILTERS: Record<Exclude<ResamplingFilter, 'nearest'>, Filter> = {
  box: { support: 0.5, at: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, at: (x) => (Math.abs(x) < 1 ? sinc(x) * hammingWindow(x) : 0) },
  bicubic: { support: 2, at: (x) => keysKernel(Math.abs(x), -0.5) },
  lanczos: { support: 3, at: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** The cubic convolution kernel of Keys (1981) at a distance of x, in Horner's form: PIL's with a = −0.5, PyTorch's with −0.75. */
export function keysKernel(x: number, a: number): number {
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/** The two constants are in single precision, as in PIL. */
function hammingWindow(x: number): number {
  return Math.fround(0.54) + Math.fround(0.46) * Math.cos(x * Math.PI);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** Which input pixels make up each output pixel along one axis, and with what weights. */
interface Weights {
  outputSize: number;
  /** For each output pixel the first of its input pixels. */
  first: Int32Array;
  /** For each output pixel the number of its input pixels. */
  count: Int32Array;
  /** For each output pixel `stride` weights in units of 2^-PRECISION_BITS, of which the first `count` are used. */
  values: Int32Array;
  stride: number;
}

/** 8 bits for the value and 2 for overshoot are left of 32. */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

function weightsOf(inputSize: number, outputSize: number, filter: Filter): Weights {
  const scale = inputSize / outputSize;
  const filterScale = Math.max(scale, 1);
  const support = filter.support * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputSize);
  const count = new Int32Array(outputSize);
  const values = new Int32Array(outputSize * stride);
  const exact = new Float64Array(stride);
  for (let output = 0; output < outputSize; output++) {
    const center = (output + 0.5) * scale;
    const from = Math.max(0, Math.trunc(center - support + 0.5));
    const to = Math.min(inputSize, Math.trunc(center + support + 0.5));
    let sum = 0;
    for (let input = from; input < to; input++) {
      // Times the inverse, not divided by the scale: the last bit decides some roundings.
      const weight = filter.at((input - center + 0.5) * (1 / filterScale));
      exact[input - from] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < to - from; tap++) {
      const weight = (sum === 0 ? exact[tap]! : exact[tap]! / sum) * (1 << PRECISION_BITS);
      values[output * stride + tap] = Math.trunc(weight + (weight < 0 ? -0.5 : 0.5));
    }
    first[output] = from;
    count[output] = to - from;
  }
  return { outputSize, first, count, values, stride };
}

function resampleRows({ data, width, height }: RawImage, weights: Weights): RawImage {
  const { outputSize, first, count, values, stride } = weights;
  const output = new Uint8Array(outputSize * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outputSize; x++) {
      const begin = x * stride;
      const end = begin + count[x]!;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (let tap = begin, source = (y * width + first[x]!) * 3; tap < end; tap++, source += 3) {
        const weight = values[tap]!;
        red += Math.imul(data[source]!, weight);
        green += Math.imul(data[source + 1]!, weight);
        blue += Math.imul(data[source + 2]!, weight);
      }
      output[to] = toByte(red);
      output[to + 1] = toByte(green);
      output[to + 2] = toByte(blue);
      to += 3;
    }
  }
  return { data: output, width: outputSize, height, channels: 3 };
}

/** Row by row of the input, as it lies in memory. */
function resampleColumns({ data, width }: RawImage, weights: Weights): RawImage {
  const { outputSize, first, count, values, stride } = weights;
  const rowLength = width * 3;
  const output = new Uint8Array(outputSize * rowLength);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < outputSize; y++) {
    sums.fill(HALF);
    for (let tap = 0; tap < count[y]!; tap++) {
      const weight = values[y * stride + tap]!;
      const source = (first[y]! + tap) * rowLength;
      for (let column = 0; column < rowLength; column++) sums[column]! += Math.imul(data[source + column]!, weight);
    }
    for (let column = 0; column < rowLength; column++) output[y * rowLength + column] = toByte(sums[column]!);
  }
  return { data: output, width, height: outputSize, channels: 3 };
}

function toByte(fixedPoint: number): number {
  return Math.min(Math.max(fixedPoint >> PRECISION_BITS, 0), 255);
}

/** Adds up the step as PIL does instead of multiplying it: its rounding errors decide ties. */
function nearestWeights(inputSize: number, outputSize: number): Weights {
  const step = inputSize / outputSize;
  let position = step * 0.5;
  const first = new Int32Array(outputSize).map(() => {
    const nearest = Math.trunc(position);
    position += step;
    return nearest;
  });
  const ones = new Int32Array(outputSize).fill(1);
  return { outputSize, first, count: ones, values: ones.map(() => 1 << PRECISION_BITS), stride: 1 };
}
