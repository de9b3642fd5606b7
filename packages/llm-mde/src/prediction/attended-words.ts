import { chanceSimilarity, type NearestWord } from '@llm-mde/reprogramming';
import type { RawImage } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import type { Processor } from '../inputs/processor.js';
import type { Network } from '../network/network.js';
import { type AttentionSummary, summarizeAttention } from './attention-summary.js';

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
  /** Whether there is something to see in the attention. Where there is not, the lists below are noise. */
  attention: AttentionSummary;
  /** For each patch, row by row from the top left, the prototypes it attends to, the most attended first. */
  patches: PatchAttention[][];
  /** The words nearest to each prototype that occurs above, by the prototype's number. */
  words: Map<number, PrototypeWord[]>;
}

/** How much a patch attends to a prototype, on average over the heads. */
export interface PatchAttention {
  prototype: number;
  /** Its share of the patch's attention, from 0 to 1. */
  weight: number;
  /** This share beside even attention: the weight times the number of prototypes. */
  timesEven: number;
  /** This share beside its mean over the patches of the image: near 1, all of them attend to the prototype so much. */
  timesMean: number;
}

/** A word of the language model near a prototype. */
export interface PrototypeWord {
  word: string;
  /** Cosine, from −1 to 1. */
  similarity: number;
  /** Whether random mixtures of words have no word so near; see `chanceSimilarity` of `@llm-mde/reprogramming`. */
  isClose: boolean;
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
    const { reprogramming } = network;
    const [attended] = await reprogramming.attendedPrototypes(patches, { count: prototypeCount, prototypes });
    const [measure] = await reprogramming.measureAttention(patches, { prototypes });
    const { mean } = measure!;
    const occurring = [...new Set(attended!.flat().map(({ prototype }) => prototype))].sort((a, b) => a - b);
    const lists = await wordsOf(network, occurring, wordCount);
    const { patchSize } = network.vision.configuration;
    const [, height, width] = pixelValues.shape;
    return {
      rows: height / patchSize,
      columns: width / patchSize,
      attention: summarizeAttention(measure!),
      patches: attended!.map((list) =>
        list.map(({ prototype, weight }) => {
          const timesMean = weight > 0 ? weight / mean[prototype]! : 0;
          return { prototype, weight, timesEven: weight * mean.length, timesMean };
        }),
      ),
      words: new Map(
        occurring.map((prototype, index) => [
          prototype,
          lists[index]!.map(({ word, similarity, isClose }) => ({ word, similarity, isClose })),
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
): Promise<(NearestWord & PrototypeWord)[][]> {
  const { reprogramming, language } = network;
  const exclude = specialTokenIds(network);
  const lists = await reprogramming.nearestWords(prototypes, language.wordEmbeddings, { count, exclude });
  const chance = await knownChanceSimilarity(language.wordEmbeddings, exclude);
  return lists.map((list) =>
    list.map((entry) => {
      const word = language.tokenizer.tokens([entry.tokenId])[0]!;
      return { ...entry, word, isClose: entry.similarity > chance };
    }),
  );
}

/** By the values that it was computed of: those of a large vocabulary take a second. */
const chanceSimilarities = new WeakMap<object, Promise<number>>();

function knownChanceSimilarity(wordEmbeddings: tf.Tensor2D, exclude: readonly number[]): Promise<number> {
  const known = chanceSimilarities.get(wordEmbeddings.dataId);
  if (known) return known;
  const computing = chanceSimilarity(wordEmbeddings, { exclude });
  chanceSimilarities.set(wordEmbeddings.dataId, computing);
  computing.catch(() => chanceSimilarities.delete(wordEmbeddings.dataId));
  return computing;
}

/** Ids of tokens such as [CLS], and of unused places in the vocabulary. */
function specialTokenIds({ language: { tokenizer, vocabularySize } }: Network): number[] {
  return tokenizer
    .tokens(Array.from({ length: vocabularySize }, (_, id) => id))
    .flatMap((token, id) => (/^\[.+\]$/.test(token) ? [id] : []));
}
