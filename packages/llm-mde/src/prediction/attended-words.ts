import type { NearestWord } from '@llm-mde/reprogramming';
import type { RawImage } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import type { Processor } from '../inputs/processor.js';
import type { Network } from '../network/network.js';

export interface AttendedWordsOptions {
  /** How many prototypes to list for each patch. @default 5 */
  prototypeCount?: number;
  /** How many words to list for each prototype. @default 5 */
  wordCount?: number;
}

export interface AttendedWords {
  /** The grid of patches. */
  rows: number;
  columns: number;
  /** For each patch, row by row from the top left, the prototypes it attends to, the most attended first; weights are means over the heads. */
  patches: { prototype: number; weight: number }[][];
  /** The words nearest to each prototype that occurs above, by the prototype's number. */
  words: Map<number, { word: string; similarity: number }[]>;
}

/** See `LlmMde.attendedWords`. */
export async function attendedWords(
  network: Network,
  processor: Processor,
  image: RawImage,
  { prototypeCount = 5, wordCount = 5 }: AttendedWordsOptions,
): Promise<AttendedWords> {
  const { pixelValues } = (await processor.prepare([image])).inputs;
  const { patches, prototypes } = network.inEvaluation(() =>
    tf.tidy(() => ({
      patches: network.vision.forward(tf.tensor4d(pixelValues.data, pixelValues.shape)).patches,
      prototypes: network.prototypes(),
    })),
  );
  try {
    const [attended] = await network.reprogramming.attendedPrototypes(patches, { count: prototypeCount, prototypes });
    const occurring = [...new Set(attended!.flat().map(({ prototype }) => prototype))].sort((a, b) => a - b);
    const lists = await wordsOf(network, occurring, wordCount);
    const { patchSize } = network.vision.configuration;
    const [, height, width] = pixelValues.shape;
    return {
      rows: height / patchSize,
      columns: width / patchSize,
      patches: attended!,
      words: new Map(
        occurring.map((prototype, index) => [
          prototype,
          lists[index]!.map(({ word, similarity }) => ({ word, similarity })),
        ]),
      ),
    };
  } finally {
    tf.dispose([patches, prototypes]);
  }
}

/** See `LlmMde.wordsOf`. */
export async function wordsOf(
  network: Network,
  prototypes: readonly number[],
  count: number,
): Promise<(NearestWord & { word: string })[][]> {
  const { reprogramming, language } = network;
  const options = { count, exclude: specialTokenIds(network) };
  const lists = await reprogramming.nearestWords(prototypes, language.wordEmbeddings, options);
  return lists.map((list) => list.map((entry) => ({ ...entry, word: language.tokenizer.tokens([entry.tokenId])[0]! })));
}

/** Ids of tokens such as [CLS], and of unused places in the vocabulary. */
function specialTokenIds({ language: { tokenizer, vocabularySize } }: Network): number[] {
  return tokenizer
    .tokens(Array.from({ length: vocabularySize }, (_, id) => id))
    .flatMap((token, id) => (/^\[.+\]$/.test(token) ? [id] : []));
}
