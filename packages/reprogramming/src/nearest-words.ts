import { uniformGenerator } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { topEntries } from './top-entries.js';

export interface NearestWordsOptions {
  /** How many words to list. @default 10 */
  count?: number;
  /** Ids of tokens that are not listed, such as special tokens and unused rows of the vocabulary. @default none */
  exclude?: readonly number[];
}

export interface NearestWord {
  /** Row of the word embeddings, which is the id that the language model's tokenizer gives the word. */
  tokenId: number;
  /** Cosine, from −1 to 1. */
  similarity: number;
}

/**
 * The words whose embeddings are most similar to each vector by cosine, the most similar first.
 *
 * @param vectors [K,D], float32.
 * @param wordEmbeddings [V,D], float32.
 * @returns one list for each vector.
 */
export async function nearestWords(
  vectors: tf.Tensor2D,
  wordEmbeddings: tf.Tensor2D,
  { count = 10, exclude = [] }: NearestWordsOptions = {},
): Promise<NearestWord[][]> {
  const similarities = tf.tidy(() => {
    const dots = tf.matMul(vectors, wordEmbeddings, false, true);
    const cosines = tf.div(tf.div(dots, lengths(vectors)), tf.transpose(lengths(wordEmbeddings)));
    return exclude.length === 0 ? cosines : tf.add(cosines, penalties(exclude, wordEmbeddings.shape[0]));
  });
  const lists = await topEntries(similarities, count);
  return lists.map((list) => list.map(({ index, value }) => ({ tokenId: index, similarity: value })));
}

/** With so many, one more random mixture is nearer to a word than all of them once in 100 times. */
const MIXTURES = 99;

/**
 * The similarity that random mixtures of all words have to the word nearest to them, the largest of 99: a vector that is no more similar to any word is
 * close to none. The mixtures' weights are uniform from −1 to 1, from a fixed seed, so that they are like prototypes that nothing trained. Mere random
 * directions would be farther from words, which fill few directions, and any mixture of words would seem to be close to some.
 *
 * @param wordEmbeddings [V,D], float32.
 * @returns a cosine.
 */
export async function chanceSimilarity(
  wordEmbeddings: tf.Tensor2D,
  { exclude = [] }: Pick<NearestWordsOptions, 'exclude'> = {},
): Promise<number> {
  const [vocabularySize] = wordEmbeddings.shape;
  const random = uniformGenerator(0);
  const mixtures = tf.tidy(() => {
    const weights = Float32Array.from({ length: MIXTURES * vocabularySize }, () => 2 * random() - 1);
    return tf.matMul<tf.Tensor2D>(tf.tensor2d(weights, [MIXTURES, vocabularySize]), wordEmbeddings);
  });
  try {
    const nearest = await nearestWords(mixtures, wordEmbeddings, { count: 1, exclude });
    return Math.max(...nearest.map(([word]) => word!.similarity));
  } finally {
    mixtures.dispose();
  }
}

/** Length of each row, [n,1]; of a row of zeros a tiny number instead, so that its similarity is 0. */
function lengths(rows: tf.Tensor2D): tf.Tensor2D {
  return tf.maximum(tf.sqrt(tf.sum(tf.square(rows), 1, true)), 1e-12) as tf.Tensor2D;
}

/** Zeros, and at excluded tokens a number that puts them behind all others, [1,V]. */
function penalties(exclude: readonly number[], vocabularySize: number): tf.Tensor2D {
  const values = new Float32Array(vocabularySize);
  for (const id of exclude) values[id] = -1e30;
  return tf.tensor2d(values, [1, vocabularySize]);
}
