import type { AttendedWords, AttentionSummary } from 'llm-mde';

/** What a result says of the attention of an image's patches. */
export interface AttentionFacts extends AttentionSummary {
  rows?: number;
  columns?: number;
  /** For each patch, row by row, the prototypes it attends to most. */
  patches?: { prototype: number; timesEven: number; timesMean: number }[][];
  /** The words that each of these prototypes is close to, if any. */
  words?: Record<number, { word: string; similarity: number }[]>;
}

/** The prototypes of each patch only where there is something to see. */
export function attentionFacts({ attention, rows, columns, patches, words }: AttendedWords): AttentionFacts {
  if (attention.verdict !== 'informative') return attention;
  return {
    ...{ ...attention, rows, columns },
    patches: patches.map((list) =>
      list.map(({ prototype, timesEven, timesMean }) => ({ prototype, timesEven, timesMean })),
    ),
    words: Object.fromEntries(
      [...words].map(([prototype, list]) => [
        prototype,
        list.filter(({ isClose }) => isClose).map(({ word, similarity }) => ({ word, similarity })),
      ]),
    ),
  };
}
