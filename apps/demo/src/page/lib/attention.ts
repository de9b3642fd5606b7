import type { WordsAnswer } from '../../server/schemas.js';

type AttendedWords = Pick<WordsAnswer, 'patches'>;

/** Whether there is something to see: patches attend to different prototypes, by more than chance. */
export function isInformative({ attention }: Pick<WordsAnswer, 'attention'>): boolean {
  return attention.verdict === 'informative';
}

/** The values of the overlay: how much each patch attends to a prototype, times even attention; without one, how similar its attention is to that of the selected patch. */
export function shownAttention(words: AttendedWords, patch: number, prototype: number | undefined): Float32Array {
  return prototype === undefined ? sharedAttention(words, patch) : attentionTo(words, prototype);
}

/** The smallest and the largest value. */
export function extent(values: Float32Array): { least: number; greatest: number } {
  return { least: Math.min(...values), greatest: Math.max(...values) };
}

/** How much each patch attends to one prototype, times even attention, in row-major order; 0 also where it is not among the known ones of a patch. */
export function attentionTo({ patches }: AttendedWords, prototype: number): Float32Array {
  return Float32Array.from(patches, (list) => list.find((entry) => entry.prototype === prototype)?.timesEven ?? 0);
}

/**
 * How similar the attention of each patch is to that of the selected one, 0 to 1: the overlap of their weights, as a share of the known
 * weights of the selected patch.
 */
export function sharedAttention({ patches }: AttendedWords, patch: number): Float32Array {
  const own = new Map(patches[patch]!.map(({ prototype, weight }) => [prototype, weight]));
  const whole = [...own.values()].reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from(patches, (list) => {
    const shared = list.reduce((sum, { prototype, weight }) => sum + Math.min(weight, own.get(prototype) ?? 0), 0);
    return whole > 0 ? shared / whole : 0;
  });
}
