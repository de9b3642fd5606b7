/** What MatMulNBits and MatMulBnb4 take in a weight's place. */
export interface FourBitValues {
  /** Two values a byte. */
  readonly packed: Uint8Array;
  /** One a block. */
  readonly scales: Float32Array;
}

/**
 * A matrix for MatMulNBits: each row is divided into blocks, and the value farthest from zero of each becomes -8 of its scale. The lower half of a
 * byte comes first; blocks are filled up with zeros.
 * @param floats [outputs, inputs], the weight transposed.
 * @returns packed [outputs, blocks, blockSize / 2] and scales [outputs, blocks].
 */
export function quantizeBlocks(floats: Float32Array, inputs: number, blockSize: number): FourBitValues {
  const outputs = floats.length / inputs;
  const blocks = Math.ceil(inputs / blockSize);
  const packed = new Uint8Array((outputs * blocks * blockSize) / 2);
  const scales = new Float32Array(outputs * blocks);
  for (let block = 0; block < outputs * blocks; block++) {
    const output = Math.floor(block / blocks);
    const start = output * inputs + (block % blocks) * blockSize;
    const end = Math.min(start + blockSize, (output + 1) * inputs);
    let extreme = 0;
    for (let index = start; index < end; index++) {
      if (Math.abs(floats[index]!) > Math.abs(extreme)) extreme = floats[index]!;
    }
    const scale = Math.fround(extreme / -8);
    scales[block] = scale;
    const factor = scale === 0 ? 0 : Math.fround(1 / scale);
    for (let index = start; index < end; index++) {
      const level = Math.min(Math.max(Math.floor(Math.fround(Math.fround(floats[index]! * factor) + 8) + 0.5), 0), 15);
      const place = index - start;
      packed[(block * blockSize) / 2 + (place >> 1)]! |= level << (4 * (place & 1));
    }
  }
  return { packed, scales };
}

/** The sixteen values of 4-bit NormalFloat: quantiles of the normal distribution, with zero among them (QLoRA, arXiv 2305.14314, appendix E). */
const NORMAL_FLOAT = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
  -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
  0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
];
/** Where one ends and the next begins, in float32. */
const BETWEEN = Float32Array.from(NORMAL_FLOAT.slice(1), (value, index) => (value + NORMAL_FLOAT[index]!) / 2);
const ZERO = NORMAL_FLOAT.indexOf(0);

/**
 * A matrix for MatMulBnb4 in 4-bit NormalFloat: its values, row after row, are divided into blocks, and the largest magnitude of each is its scale.
 * The upper half of a byte comes first.
 * @param floats [outputs, inputs], the weight transposed.
 */
export function quantizeNormalFloat(floats: Float32Array, blockSize: number): FourBitValues {
  const scales = new Float32Array(Math.ceil(floats.length / blockSize));
  const packed = new Uint8Array(Math.ceil(floats.length / 2));
  for (let block = 0; block < scales.length; block++) {
    const [start, end] = [block * blockSize, Math.min((block + 1) * blockSize, floats.length)];
    let largest = 0;
    for (let index = start; index < end; index++) largest = Math.max(largest, Math.abs(floats[index]!));
    scales[block] = largest;
    const factor = largest === 0 ? 0 : Math.fround(1 / largest);
    for (let index = start; index < end; index++) {
      packed[index >> 1]! |= nearest(Math.fround(floats[index]! * factor)) << (4 * (1 - (index & 1)));
    }
  }
  if (floats.length % 2 === 1) packed[packed.length - 1]! |= ZERO;
  return { packed, scales };
}

/** The position of the nearest of the sixteen values. */
function nearest(value: number): number {
  let [low, high] = [0, BETWEEN.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value > BETWEEN[middle]!) low = middle + 1;
    else high = middle;
  }
  return low;
}
