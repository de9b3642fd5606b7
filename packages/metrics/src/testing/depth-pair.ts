/**
 * The pairs of tooling/parity/metrics-goldens.py, made from the same integer hashes: prediction and ground truth with missing depth,
 * zeros, NaN, infinity and values out of range.
 */
export function depthPair(pair: number, count: number, alignment: string) {
  const prediction = new Float32Array(count);
  const truth = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    const wave = (hashed(index >>> 6, pair, 1) % 8000) / 1000;
    const fine = (hashed(index, pair, 2) % 2500) / 1000;
    const error = (hashed(index, pair, 3) % 1000) / 1000;
    const chance = hashed(index, pair, 4) % 1000;
    const g = 0.5 + wave + fine;
    const p = pair % 2 === 0 ? g * (0.6 + 0.8 * error) : g * 0.5 + error + 0.25;
    truth[index] = chance < 100 ? 0 : chance < 110 ? Number.NaN : chance < 115 ? 25 : g;
    prediction[index] = alignment === 'disparity' ? 1 / p : p;
    if (chance >= 200 && chance < 205) prediction[index] = 0;
    else if (chance >= 205 && chance < 208) prediction[index] = -1;
    else if (chance >= 208 && chance < 211) prediction[index] = Number.NaN;
    else if (chance >= 211 && chance < 214) prediction[index] = Number.POSITIVE_INFINITY;
  }
  return { prediction, truth };
}

/** Positive random depths none missing, for property tests. */
export function randomDepths(seed: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, index) => 0.5 + (hashed(index, seed, 5) % 80_000) / 10_000);
}

function hashed(index: number, pair: number, stream: number): number {
  let x = (Math.imul(index, 0x9e3779b1) + pair * 7919 + stream * 104729) | 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  x ^= x >>> 16;
  return x >>> 0;
}
