import type { WordsOfPatches } from './estimate/estimator.js';

/** How much each patch attends to one prototype, 0 to 1, row by row; 0 also where it is not among those that are known for a patch. */
export function attentionTo({ patches }: WordsOfPatches, prototype: number): Float32Array {
  return Float32Array.from(patches, (list) => list.find((entry) => entry.prototype === prototype)?.weight ?? 0);
}

/**
 * How alike each patch's attention is to one patch's, 0 to 1: what the two give to the same prototypes, as a share of what is known of
 * the one patch's attention.
 */
export function sharedAttention({ patches }: WordsOfPatches, patch: number): Float32Array {
  const own = new Map(patches[patch]!.map(({ prototype, weight }) => [prototype, weight]));
  const whole = [...own.values()].reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from(patches, (list) => {
    const shared = list.reduce((sum, { prototype, weight }) => sum + Math.min(weight, own.get(prototype) ?? 0), 0);
    return whole > 0 ? shared / whole : 0;
  });
}
