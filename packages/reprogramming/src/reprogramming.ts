import { attention, attentionWeights, checkSizes, Dropout, Linear, Module } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type AttentionMeasure, measureAttention } from './attention-measure.js';
import { ClusteredPrototypes } from './clustered-prototypes.js';
import type { KMeansOptions } from './k-means.js';
import { LowRankPrototypes } from './low-rank-prototypes.js';
import { type NearestWord, type NearestWordsOptions, nearestWords } from './nearest-words.js';
import type { PrototypeSource } from './prototype-source.js';
import { TextPrototypes } from './text-prototypes.js';
import { topEntries } from './top-entries.js';

export interface ReprogrammingOptions {
  /** Width of the image patches, Dv. */
  visionFeatures: number;
  /** Width of the language model, D. */
  languageFeatures: number;
  /** Number of words in the language model's vocabulary, V. */
  vocabularySize: number;
  /** Number of text prototypes, V'. @default 1000 */
  prototypeCount?: number;
  /**
   * How they follow from the words: by the paper's linear map along the vocabulary, by one of low rank, or as centers of clusters, which
   * `makePrototypes` computes once and nothing trains. @default 'linear'
   */
  mapping?: 'linear' | 'low-rank' | 'clusters';
  /** Rank of the map, with `low-rank` only. @default 32 */
  mappingRank?: number;
  /** @default 8 */
  headCount?: number;
  /** Width of one head. @default ⌊languageFeatures / headCount⌋ */
  headFeatures?: number;
  /** Dropout on the attention weights, in training mode. @default 0.1 */
  dropout?: number;
}

export interface AttendedPrototypesOptions {
  /** How many prototypes to list for each patch. @default 5 */
  count?: number;
  /** The prototypes, [V',D]. */
  prototypes: tf.Tensor2D;
}

export interface AttendedPrototype {
  /** Number of the prototype, from 0. */
  prototype: number;
  /** Its share of the patch's attention, from 0 to 1. */
  weight: number;
}

/** Keys and values of the prototypes. */
export interface ProjectedPrototypes {
  /** [1,heads,V',d] */
  key: tf.Tensor4D;
  /** [1,heads,V',d] */
  value: tf.Tensor4D;
}

/**
 * Cross-modal reprogramming (LLM-MDE II-A, equation 1): maps image patches into the space of a language model's words. In a multi-head
 * attention the patches are the queries; text prototypes, mixtures of the model's word embeddings, are keys and values, each projected
 * separately.
 *
 * State dict: `mapping_layer` (see `TextPrototypes`, `LowRankPrototypes`, `ClusteredPrototypes`), `query_projection`, `key_projection`, `value_projection`, `out_projection`, each with
 * `weight` and `bias`.
 *
 * ```ts
 * const prototypes = reprogramming.prototypes(wordEmbeddings); // training: once per step
 * const tokens = reprogramming.forward(patches, prototypes);
 *
 * const projected = reprogramming.project(prototypes); // inference: once, until a weight changes
 * const tokens = reprogramming.forward(patches, projected);
 * ```
 */
export class Reprogramming extends Module {
  readonly visionFeatures: number;
  readonly languageFeatures: number;
  readonly headCount: number;
  readonly headFeatures: number;
  readonly mapping: PrototypeSource;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly dropout: Dropout;

  constructor(options: ReprogrammingOptions) {
    super();
    const { visionFeatures, languageFeatures, vocabularySize, headCount = 8, dropout = 0.1 } = options;
    const { prototypeCount = 1000, headFeatures = Math.floor(languageFeatures / headCount) } = options;
    const { mapping = 'linear', mappingRank = 32 } = options;
    const sizes = {
      visionFeatures,
      languageFeatures,
      vocabularySize,
      prototypeCount,
      headCount,
      headFeatures,
      mappingRank,
    };
    checkSizes('Reprogramming', sizes);
    this.visionFeatures = visionFeatures;
    this.languageFeatures = languageFeatures;
    this.headCount = headCount;
    this.headFeatures = headFeatures;
    const width = headCount * headFeatures;
    this.mapping = this.register('mapping_layer', createMapping(mapping, { ...sizes, mappingRank }));
    this.query = this.register('query_projection', new Linear(visionFeatures, width));
    this.key = this.register('key_projection', new Linear(languageFeatures, width));
    this.value = this.register('value_projection', new Linear(languageFeatures, width));
    this.output = this.register('out_projection', new Linear(width, languageFeatures));
    this.dropout = this.register('dropout', new Dropout(dropout));
  }

  /**
   * The text prototypes, to be computed once per training step and passed to every `forward` of it.
   *
   * @param wordEmbeddings The language model's frozen word embeddings, [V,D], float32.
   * @returns [V',D]
   */
  prototypes(wordEmbeddings: tf.Tensor2D): tf.Tensor2D {
    expectShape('word embeddings', wordEmbeddings, [this.mapping.vocabularySize, this.languageFeatures]);
    return this.mapping.forward(wordEmbeddings);
  }

  /**
   * Makes the prototypes of the mapping `clusters` from the word embeddings, once, before training: of 30,522 words of width 384 in half a minute on two busy cores.
   *
   * @param wordEmbeddings The language model's word embeddings, [V,D], float32.
   * @throws with another mapping, whose prototypes are trained.
   */
  async makePrototypes(wordEmbeddings: tf.Tensor2D, options?: KMeansOptions): Promise<void> {
    if (!(this.mapping instanceof ClusteredPrototypes)) {
      throw new Error('Only the prototypes of the mapping "clusters" are made; these are trained.');
    }
    expectShape('word embeddings', wordEmbeddings, [this.mapping.vocabularySize, this.languageFeatures]);
    await this.mapping.make(wordEmbeddings, options);
  }

  /**
   * The prototypes' keys and values, for inference: compute them once and pass them to every `forward`, as long as no weight changes.
   *
   * @param prototypes [V',D], from `prototypes`.
   */
  project(prototypes: tf.Tensor2D): ProjectedPrototypes {
    expectShape('prototypes', prototypes, [this.mapping.prototypeCount, this.languageFeatures]);
    return tf.tidy(() => ({
      key: this.splitHeads(this.key.forward(prototypes)),
      value: this.splitHeads(this.value.forward(prototypes)),
    }));
  }

  /**
   * @param patches [B,N,Dv], float32.
   * @param prototypes [V',D], from `prototypes`, or their keys and values, from `project`.
   * @returns The patches in the language model's space, [B,N,D].
   */
  forward(patches: tf.Tensor3D, prototypes: tf.Tensor2D | ProjectedPrototypes): tf.Tensor3D {
    const [batch, length] = patches.shape;
    return tf.tidy(() => {
      const query = this.projectQueries(patches);
      const { key, value } = 'key' in prototypes ? prototypes : this.project(prototypes);
      const dropoutMask = this.dropout.mask([1, this.headCount, batch * length, this.mapping.prototypeCount]);
      const attended = attention(query, key, value, { dropoutMask });
      const joined = tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), [batch, length, -1]);
      return this.output.forward(joined) as tf.Tensor3D;
    });
  }

  /**
   * The words nearest to some prototypes, the nearest first. For inspection.
   *
   * @param which Numbers of the prototypes, from 0.
   * @param wordEmbeddings [V,D], float32.
   * @returns one list for each prototype.
   */
  async nearestWords(
    which: readonly number[],
    wordEmbeddings: tf.Tensor2D,
    options?: NearestWordsOptions,
  ): Promise<NearestWord[][]> {
    const count = this.mapping.prototypeCount;
    for (const index of which) {
      if (!(Number.isInteger(index) && index >= 0 && index < count)) {
        throw new Error(`There is no prototype ${index}. Expected a number from 0 to ${count - 1}.`);
      }
    }
    expectShape('word embeddings', wordEmbeddings, [this.mapping.vocabularySize, this.languageFeatures]);
    const lists: NearestWord[][] = [];
    for (const indices of groups(which, PROTOTYPES_AT_ONCE)) {
      const prototypes = this.mapping.select(indices, wordEmbeddings);
      try {
        lists.push(...(await nearestWords(prototypes, wordEmbeddings, options)));
      } finally {
        prototypes.dispose();
      }
    }
    return lists;
  }

  /**
   * How much each patch attends to each prototype, [B,heads,N,V'], summing to 1 over the prototypes; without dropout.
   *
   * @param patches [B,N,Dv], float32.
   * @param prototypes [V',D]
   */
  attentionWeights(patches: tf.Tensor3D, prototypes: tf.Tensor2D): tf.Tensor4D {
    const [batch, length] = patches.shape;
    return tf.tidy(() => {
      const weights = attentionWeights(this.projectQueries(patches), this.project(prototypes).key);
      const perHead = tf.reshape(weights, [this.headCount, batch, length, -1]);
      return tf.transpose(perHead, [1, 0, 2, 3]) as tf.Tensor4D;
    });
  }

  /**
   * The prototypes that each patch attends to most, the most attended first, with weights averaged over the heads. For inspection.
   *
   * @param patches [B,N,Dv], float32.
   * @returns `[image][patch]`, a list of prototypes with their weights.
   */
  async attendedPrototypes(
    patches: tf.Tensor3D,
    { count = 5, prototypes }: AttendedPrototypesOptions,
  ): Promise<AttendedPrototype[][][]> {
    const weights = tf.tidy(() => tf.mean(this.attentionWeights(patches, prototypes), 1));
    const lists = await topEntries(weights, count);
    return groups(
      lists.map((list) => list.map(({ index, value }) => ({ prototype: index, weight: value }))),
      patches.shape[1],
    );
  }

  /**
   * How uneven the attention of each image's patches is, and how much of it depends on the patch, beside chance. For inspection.
   *
   * Chance is what the same attention gives where the features of the queries are shuffled within each head, in the same way for all patches: every
   * query keeps its length and its angles to the others, and loses what joins it to the keys. The rows of an untrained query projection are
   * independent and alike, so shuffled or not is then all one, and of 1 + 19 results the unshuffled one is the largest once in 20 times. The
   * shuffles follow from a fixed seed. Attention that is sharp and uses all features of a head alike cannot be told from chance in this way.
   *
   * @param patches [B,N,Dv], float32.
   * @returns one for each image; `attentionVerdict` judges it.
   */
  async measureAttention(
    patches: tf.Tensor3D,
    { prototypes }: Pick<AttendedPrototypesOptions, 'prototypes'>,
  ): Promise<AttentionMeasure[]> {
    const { key, value } = this.project(prototypes);
    value.dispose();
    const images = tf.tidy(() => tf.unstack(patches).map((image) => this.query.forward(image as tf.Tensor2D)));
    const attend = (queries: tf.Tensor2D) =>
      tf.squeeze<tf.Tensor2D>(tf.mean(attentionWeights(this.splitHeads(queries), key), 1), [0]);
    try {
      const measures: AttentionMeasure[] = [];
      for (const queries of images) measures.push(await measureAttention(queries, this.headCount, attend));
      return measures;
    } finally {
      tf.dispose([key, images]);
    }
  }

  /**
   * [B,N,Dv] to [1,heads,B·N,d]. All images attend to the same prototypes, so the batch lies along the queries: keys and values are projected
   * once, and nothing is repeated or broadcast.
   */
  private projectQueries(patches: tf.Tensor3D): tf.Tensor4D {
    if (patches.rank !== 3 || patches.shape[2] !== this.visionFeatures) {
      throw new Error(
        `Reprogramming expects patches of shape [B,N,${this.visionFeatures}] (images, patches, features), got [${patches.shape}].`,
      );
    }
    return this.splitHeads(this.query.forward(tf.reshape(patches, [-1, this.visionFeatures])));
  }

  /** [L,heads·d] to [1,heads,L,d]. */
  private splitHeads(x: tf.Tensor2D): tf.Tensor4D {
    return tf.transpose(tf.reshape(x, [1, -1, this.headCount, this.headFeatures]), [0, 2, 1, 3]);
  }
}

function createMapping(
  kind: NonNullable<ReprogrammingOptions['mapping']>,
  sizes: { vocabularySize: number; prototypeCount: number; languageFeatures: number; mappingRank: number },
): PrototypeSource {
  const { vocabularySize, prototypeCount, languageFeatures, mappingRank } = sizes;
  switch (kind) {
    case 'linear':
      return new TextPrototypes(vocabularySize, prototypeCount);
    case 'low-rank':
      return new LowRankPrototypes(vocabularySize, prototypeCount, mappingRank);
    case 'clusters':
      return new ClusteredPrototypes(vocabularySize, prototypeCount, languageFeatures);
    default:
      throw new Error(`Unknown mapping ${JSON.stringify(kind)}. Expected "linear", "low-rank" or "clusters".`);
  }
}

/** Limits the memory that similarities take, 4 bytes for each prototype and word. */
const PROTOTYPES_AT_ONCE = 100;

function expectShape(what: string, tensor: tf.Tensor, shape: readonly number[]): void {
  if (!(tensor.rank === 2 && tensor.shape[0] === shape[0] && tensor.shape[1] === shape[1])) {
    throw new Error(`Reprogramming expects ${what} of shape [${shape}], got [${tensor.shape}].`);
  }
}

function groups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
