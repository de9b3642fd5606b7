import { attention, attentionWeights, Dropout, Linear, Module } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type NearestWord, type NearestWordsOptions, nearestWords } from './nearest-words.js';
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
  /** The prototypes, [V',D]. @default those of `freezePrototypes` */
  prototypes?: tf.Tensor2D | undefined;
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
 * Cross-modal reprogramming (LLM-MDE II-A, equation 1): says image patches in the words of a language model. The patches ask, and text
 * prototypes, mixtures of the model's word embeddings, are keys and values of a multi-head attention, each projected separately.
 *
 * State dict: `mapping_layer` (see `TextPrototypes`), `query_projection`, `key_projection`, `value_projection`, `out_projection`, each with
 * `weight` and `bias`.
 *
 * ```ts
 * const prototypes = reprogramming.prototypes(wordEmbeddings);      // training: once per step
 * const tokens = reprogramming.forward(patches, prototypes);
 *
 * reprogramming.eval().freezePrototypes(wordEmbeddings);            // inference: once for ever
 * const tokens = reprogramming.forward(patches);
 * ```
 */
export class Reprogramming extends Module {
  readonly visionFeatures: number;
  readonly languageFeatures: number;
  readonly headCount: number;
  readonly headFeatures: number;
  readonly mapping: TextPrototypes;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly dropout: Dropout;
  private frozen: FrozenPrototypes | undefined;

  constructor(options: ReprogrammingOptions) {
    super();
    const { visionFeatures, languageFeatures, vocabularySize, headCount = 8, dropout = 0.1 } = options;
    const { prototypeCount = 1000, headFeatures = Math.floor(languageFeatures / headCount) } = options;
    const sizes = { visionFeatures, languageFeatures, vocabularySize, prototypeCount, headCount, headFeatures };
    for (const [name, size] of Object.entries(sizes)) {
      if (!(Number.isInteger(size) && size > 0)) {
        throw new Error(`Reprogramming takes a positive integer as ${name}, but was given ${size}.`);
      }
    }
    this.visionFeatures = visionFeatures;
    this.languageFeatures = languageFeatures;
    this.headCount = headCount;
    this.headFeatures = headFeatures;
    const width = headCount * headFeatures;
    this.mapping = this.register('mapping_layer', new TextPrototypes(vocabularySize, prototypeCount));
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
   * The prototypes' keys and values, for callers that keep them themselves, such as a compiled model; `freezePrototypes` keeps them here.
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
   * @param prototypes [V',D], from `prototypes`, or their keys and values, from `project`; without them, those of `freezePrototypes`.
   * @returns The patches in the language model's space, [B,N,D].
   * @throws without prototypes if none are frozen, in training mode, and if weights have changed since they were frozen.
   */
  forward(patches: tf.Tensor3D, prototypes?: tf.Tensor2D | ProjectedPrototypes): tf.Tensor3D {
    const [batch, length] = patches.shape;
    return tf.tidy(() => {
      const query = this.projectQueries(patches);
      const { key, value } = this.keysAndValues(prototypes);
      const dropoutMask = this.dropout.mask([1, this.headCount, batch * length, this.mapping.prototypeCount]);
      const attended = attention(query, key, value, { dropoutMask });
      const joined = tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), [batch, length, -1]);
      return this.output.forward(joined) as tf.Tensor3D;
    });
  }

  /**
   * Computes the prototypes with their keys and values once, for every `forward` without prototypes from now on. Calling it again
   * costs nothing as long as nothing has changed, so call it before every prediction if in doubt. What it keeps is freed by
   * `clearPrototypes` or `dispose`, and is never used once a weight that went into it has changed.
   *
   * @param wordEmbeddings [V,D], float32; not kept.
   * @throws in training mode.
   */
  freezePrototypes(wordEmbeddings: tf.Tensor2D): this {
    if (this.training) {
      throw new Error('Prototypes change in every training step: call eval() before freezePrototypes().');
    }
    this.refuseAdapters();
    const sources = [wordEmbeddings, ...this.prototypeWeights()].map(({ dataId }) => dataId);
    if (this.frozen && sameMembers(this.frozen.sources, sources)) return this;
    this.clearPrototypes();
    const { key, value } = tf.tidy(() => ({ ...this.project(this.prototypes(wordEmbeddings)) }));
    this.frozen = { sources, key: tf.keep(key), value: tf.keep(value) };
    return this;
  }

  /** Frees what `freezePrototypes` keeps. */
  clearPrototypes(): void {
    if (this.frozen) tf.dispose([this.frozen.key, this.frozen.value]);
    this.frozen = undefined;
  }

  override dispose(): void {
    this.clearPrototypes();
    super.dispose();
  }

  /**
   * The words that a prototype is nearest to, the nearest first. For looking at.
   *
   * @param which One prototype, several, or all.
   * @param wordEmbeddings [V,D], float32.
   * @returns for one prototype its list; for several or all, one list each.
   */
  async nearestWords(which: number, wordEmbeddings: tf.Tensor2D, options?: NearestWordsOptions): Promise<NearestWord[]>;
  async nearestWords(
    which: readonly number[] | 'all',
    wordEmbeddings: tf.Tensor2D,
    options?: NearestWordsOptions,
  ): Promise<NearestWord[][]>;
  async nearestWords(
    which: number | readonly number[] | 'all',
    wordEmbeddings: tf.Tensor2D,
    options: NearestWordsOptions = {},
  ): Promise<NearestWord[] | NearestWord[][]> {
    const count = this.mapping.prototypeCount;
    const chosen = which === 'all' ? Array.from({ length: count }, (_, index) => index) : [which].flat();
    for (const index of chosen) {
      if (!(Number.isInteger(index) && index >= 0 && index < count)) {
        throw new Error(`There is no prototype ${index}: they are numbered from 0 to ${count - 1}.`);
      }
    }
    expectShape('word embeddings', wordEmbeddings, [this.mapping.vocabularySize, this.languageFeatures]);
    const lists: NearestWord[][] = [];
    for (const indices of groups(chosen, PROTOTYPES_AT_ONCE)) {
      const prototypes = this.mapping.select(indices, wordEmbeddings);
      try {
        lists.push(...(await nearestWords(prototypes, wordEmbeddings, options)));
      } finally {
        prototypes.dispose();
      }
    }
    return typeof which === 'number' ? lists[0]! : lists;
  }

  /**
   * How much each patch attends to each prototype, [B,heads,N,V'], summing to 1 over the prototypes; without dropout.
   *
   * @param patches [B,N,Dv], float32.
   * @param prototypes [V',D]; without them, those of `freezePrototypes`.
   */
  attentionWeights(patches: tf.Tensor3D, prototypes?: tf.Tensor2D): tf.Tensor4D {
    const [batch, length] = patches.shape;
    return tf.tidy(() => {
      const weights = attentionWeights(this.projectQueries(patches), this.keysAndValues(prototypes).key);
      const perHead = tf.reshape(weights, [this.headCount, batch, length, -1]);
      return tf.transpose(perHead, [1, 0, 2, 3]) as tf.Tensor4D;
    });
  }

  /**
   * The prototypes that each patch attends to most, the most attended first, with weights averaged over the heads. For looking at.
   *
   * @param patches [B,N,Dv], float32.
   * @returns `[image][patch]`, a list of prototypes with their weights.
   */
  async attendedPrototypes(
    patches: tf.Tensor3D,
    { count = 5, prototypes }: AttendedPrototypesOptions = {},
  ): Promise<AttendedPrototype[][][]> {
    const weights = tf.tidy(() => tf.mean(this.attentionWeights(patches, prototypes), 1));
    return groups(await mostAttended(weights, count), patches.shape[1]);
  }

  /**
   * The same for every head by itself.
   *
   * @returns `[image][head][patch]`, a list of prototypes with their weights.
   */
  async attendedPrototypesPerHead(
    patches: tf.Tensor3D,
    { count = 5, prototypes }: AttendedPrototypesOptions = {},
  ): Promise<AttendedPrototype[][][][]> {
    const perPatch = await mostAttended(this.attentionWeights(patches, prototypes), count);
    return groups(groups(perPatch, patches.shape[1]), this.headCount);
  }

  /**
   * [B,N,Dv] to [1,heads,B·N,d]. All images ask the same prototypes, so the batch lies along the queries: keys and values are projected
   * once, and nothing is repeated or broadcast.
   */
  private projectQueries(patches: tf.Tensor3D): tf.Tensor4D {
    if (patches.rank !== 3 || patches.shape[2] !== this.visionFeatures) {
      throw new Error(
        `Reprogramming takes patches [B,N,${this.visionFeatures}] (images, patches, features), ` +
          `but was given [${patches.shape}].`,
      );
    }
    return this.splitHeads(this.query.forward(tf.reshape(patches, [-1, this.visionFeatures])));
  }

  private keysAndValues(prototypes: tf.Tensor2D | ProjectedPrototypes | undefined): ProjectedPrototypes {
    if (!prototypes) return this.frozenKeysAndValues();
    return 'key' in prototypes ? prototypes : this.project(prototypes);
  }

  private frozenKeysAndValues(): ProjectedPrototypes {
    if (this.training) {
      throw new Error(
        'In training mode Reprogramming takes the prototypes of this step: pass prototypes(wordEmbeddings).',
      );
    }
    if (!this.frozen) {
      throw new Error(
        'Reprogramming has no frozen prototypes: call freezePrototypes(wordEmbeddings), or pass prototypes.',
      );
    }
    this.refuseAdapters();
    const weights = this.prototypeWeights().map(({ dataId }) => dataId);
    if (!sameMembers(this.frozen.sources.slice(1), weights)) {
      throw new Error(
        'The weights have changed since the prototypes were frozen: call freezePrototypes(wordEmbeddings) again.',
      );
    }
    return this.frozen;
  }

  private refuseAdapters(): void {
    if (this.key.hasAdapter || this.value.hasAdapter) {
      throw new Error(
        'The key or value projection has an adapter, whose changes frozen prototypes would miss: merge it, or pass prototypes.',
      );
    }
  }

  /** What the keys and values depend on, besides the word embeddings. */
  private prototypeWeights(): tf.Tensor[] {
    return [this.mapping, this.key, this.value].flatMap(({ weight, bias }) => [weight.value, bias!.value]);
  }

  /** [L,heads·d] to [1,heads,L,d]. */
  private splitHeads(x: tf.Tensor2D): tf.Tensor4D {
    return tf.transpose(tf.reshape(x, [1, -1, this.headCount, this.headFeatures]), [0, 2, 1, 3]);
  }
}

/** Limits the memory that similarities take, 4 bytes for each prototype and word. */
const PROTOTYPES_AT_ONCE = 100;

interface FrozenPrototypes extends ProjectedPrototypes {
  /** Identities of the values that they were computed from, the word embeddings' first: new values have new ones. */
  sources: readonly object[];
}

function expectShape(what: string, tensor: tf.Tensor, shape: readonly number[]): void {
  if (!(tensor.rank === 2 && tensor.shape[0] === shape[0] && tensor.shape[1] === shape[1])) {
    throw new Error(`Reprogramming takes ${what} of shape [${shape}], but was given [${tensor.shape}].`);
  }
}

/** One list for each row; disposes the weights. */
async function mostAttended(weights: tf.Tensor, count: number): Promise<AttendedPrototype[][]> {
  const lists = await topEntries(weights, count);
  return lists.map((list) => list.map(({ index, value }) => ({ prototype: index, weight: value })));
}

function sameMembers(some: readonly object[], others: readonly object[]): boolean {
  return some.length === others.length && some.every((member, index) => member === others[index]);
}

function groups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
