/**
 * Seeds every random number of this package that is drawn from now on: the initial values of the parameters of modules made after
 * the call, and the dropout masks of forward passes outside `withDropoutSeed`. The default seed is 0, so two runs of the same
 * program are equal.
 *
 * @param seed An integer from 0 to 2³² − 1.
 */
export function manualSeed(seed: number): void {
  state.seed = seed >>> 0;
  state.drawn = 0;
}

/** The next seed of the sequence that `manualSeed` started: a different one for every parameter and every forward pass. */
export function nextSeed(): number {
  state.drawn += 1;
  return mix(state.seed ^ mix(state.drawn));
}

/** A generator of uniform numbers in [0, 1), the same on every machine for the same seed (mulberry32). */
export function uniformGenerator(seed: number): () => number {
  let counter = seed >>> 0;
  return () => {
    counter = (counter + 0x6d2b79f5) >>> 0;
    return mix(counter) / 2 ** 32;
  };
}

const state = { seed: 0, drawn: 0 };

/** A bijection of 32-bit integers in which every input bit changes about half of the output bits. */
function mix(value: number): number {
  let mixed = value >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}
