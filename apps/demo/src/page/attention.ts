import type { WordsOfPatches } from './estimate/estimator.js';

/** What the overlay shows: how much each patch attends to a prototype; without one, what it shares with the chosen patch. */
export function shownAttention(words: WordsOfPatches, patch: number, prototype: number | undefined): Float32Array {
  return prototype === undefined ? sharedAttention(words, patch) : attentionTo(words, prototype);
}

/** The least and the greatest of some values. */
export function extent(values: Float32Array): { least: number; greatest: number } {
  return { least: Math.min(...values), greatest: Math.max(...values) };
}

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
