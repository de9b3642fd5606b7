import { openPretrained, type PretrainedFiles, type PretrainedOptions, readJson } from '@llm-mde/checkpoints';
import { type Embedding, gradientCheckpoint, Module } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { loadTokenizer, type Tokenizer } from './tokenizer.js';

export interface LanguageModelOptions extends PretrainedOptions {
  /** Keep only the first layers. @default all that the checkpoint has */
  layerCount?: number;
  /**
   * Freeze all parameters before anything is loaded. On the compiled devices of `@llm-mde/backend` their values then go straight to where
   * compiled functions read them and take no memory on the way.
   * @default false
   */
  frozen?: boolean;
  /** Also load the head that predicts words, where a decoder has one of its own: `logits` needs it. @default false */
  head?: boolean;
}

export interface LanguageModelInputs {
  /** Token embeddings, [B,S,D], float32: words from `embed`, or anything else of that width. */
  inputsEmbeds: tf.Tensor3D;
  /** [B,S], 1 for a token and 0 for padding. @default all ones */
  attentionMask?: tf.Tensor2D;
  /** [B,S], int32, which of two texts a token belongs to. @default all zeros */
  tokenTypeIds?: tf.Tensor2D;
  /** Also return the output of every layer. @default false */
  outputHiddenStates?: boolean;
}

export interface EncodeOptions {
  /** What stands for a text: the mean over its tokens, or its first token. @default 'mean' */
  pooling?: 'mean' | 'cls';
  /** Give vectors the length 1: the product of two is then the cosine of their angle. @default true */
  normalize?: boolean;
  /** Texts that are computed together. @default 32 */
  batchSize?: number;
}

/** A type, not an interface, so that `tf.tidy` takes it as what it returns. */
export type LanguageModelOutput = {
  /** [B,S,D] */
  lastHiddenState: tf.Tensor3D;
  /** The first token through the pooler, [B,D], where the model has one. */
  pooled?: tf.Tensor2D;
  /** The embeddings and the output of each layer, layerCount + 1 tensors [B,S,D]. */
  hiddenStates?: tf.Tensor3D[];
};

/**
 * A language model that takes embeddings. The architectures registered below (`registerLanguageModel`) decide whether it is an encoder or a
 * decoder, and how it is built.
 */
export abstract class LanguageModel extends Module {
  abstract readonly configuration: Readonly<{ hiddenSize: number; vocabularySize: number; maximumLength: number }>;
  /** The layers, first to last. */
  abstract readonly layers: readonly Module[];
  protected abstract readonly words: Embedding;
  /** The commit of the repository that the weights came from; undefined for a local folder or random weights. */
  revision: string | undefined;
  /** Compute each layer again in the backward pass instead of keeping what it needs (see `gradientCheckpoint`). @default false */
  gradientCheckpointing = false;
  /** Which tokens a token of a decoder sees: those before it, or all, as an encoder's do. Encoders do not read it. @default 'causal' */
  attention: 'causal' | 'full' = 'causal';
  private loadedTokenizer: Tokenizer | undefined;
  private whyNoTokenizer = 'This language model has no tokenizer: it was made with random weights.';

  /** Width D of the tokens. */
  get hiddenSize(): number {
    return this.configuration.hiddenSize;
  }

  /** Number V of words in the vocabulary. */
  get vocabularySize(): number {
    return this.configuration.vocabularySize;
  }

  /** The longest sequence S that the model can read. */
  get maximumLength(): number {
    return this.configuration.maximumLength;
  }

  /** The word embeddings, [V,D]. */
  get wordEmbeddings(): tf.Tensor2D {
    return this.words.weight.value as tf.Tensor2D;
  }

  /** @param inputIds Token ids, [B,S], int32. @returns their word embeddings, [B,S,D]. */
  embed(inputIds: tf.Tensor2D): tf.Tensor3D {
    return this.words.forward(inputIds) as tf.Tensor3D;
  }

  abstract forward(inputs: LanguageModelInputs): LanguageModelOutput;

  /** The `config.json` that Hugging Face's class of this architecture takes. */
  abstract configurationJson(): Record<string, unknown>;

  /** Whether it was trained to predict the next word, from those before. */
  get isDecoder(): boolean {
    return false;
  }

  /**
   * What a decoder predicts to follow each token.
   *
   * @param hidden The last hidden state, [B,S,D].
   * @returns the words' scores before the softmax, [B,S,V].
   * @throws if it is an encoder, or has a head of its own that was not loaded: see the option `head`.
   */
  logits(_hidden: tf.Tensor3D): tf.Tensor3D {
    throw new Error(`${this.constructor.name.replace(/^_/, '')} is an encoder: it predicts no next words.`);
  }

  /** The scores of a head that shares the word embeddings. */
  protected tiedLogits(hidden: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => {
      const rows = tf.reshape(hidden, [-1, this.hiddenSize]) as tf.Tensor2D;
      const scores = tf.matMul(rows, this.wordEmbeddings, false, true);
      return tf.reshape(scores, [hidden.shape[0], hidden.shape[1], this.vocabularySize]);
    });
  }

  /** @throws if embeddings or mask do not fit. */
  protected checkInputs({ shape }: tf.Tensor3D, attentionMask: tf.Tensor2D | undefined): void {
    if (shape.length !== 3 || shape[2] !== this.hiddenSize) {
      throw new Error(`The language model expects embeddings of shape [B,S,${this.hiddenSize}], got [${shape}].`);
    }
    if (shape[1] > this.maximumLength) {
      throw new Error(`A sequence of ${shape[1]} tokens exceeds the maximum length of ${this.maximumLength}.`);
    }
    if (attentionMask && (attentionMask.shape[0] !== shape[0] || attentionMask.shape[1] !== shape[1])) {
      throw new Error(
        `The attention mask must have the shape [${shape[0]},${shape[1]}], got [${attentionMask.shape}].`,
      );
    }
  }

  /** @param run The layer's forward pass. @param constants What it takes besides the tokens, such as the mask. */
  protected runLayer(
    layer: Module,
    run: (x: tf.Tensor3D, ...constants: tf.Tensor[]) => tf.Tensor3D,
    x: tf.Tensor3D,
    constants: tf.Tensor[],
  ): tf.Tensor3D {
    if (!this.gradientCheckpointing || !this.training) return run(x, ...constants);
    return gradientCheckpoint(run, x, layer.trainableVariables(), constants);
  }

  /**
   * The meaning of texts as vectors, which sentence-transformers calls embeddings: those of similar texts are close. A backend of TensorFlow.js has to
   * be open.
   *
   * @param texts of any number; none gives none.
   * @returns one vector of `hiddenSize` numbers for each text, float32, without padding's influence.
   * @throws if a text has more tokens than `maximumLength`, or there is no tokenizer.
   */
  async encode(
    texts: readonly string[],
    { pooling = 'mean', normalize = true, batchSize = 32 }: EncodeOptions = {},
  ): Promise<Float32Array[]> {
    const rows = texts.map((text, index) => {
      const ids = this.tokenizer.encode(text);
      if (ids.length <= this.maximumLength) return ids;
      throw new Error(
        `Text ${index} has ${ids.length} tokens, but this model reads at most ${this.maximumLength}: shorten or split it.`,
      );
    });
    const vectors: Float32Array[] = [];
    for (let start = 0; start < rows.length; start += batchSize) {
      const batch = rows.slice(start, start + batchSize);
      const pooled = tf.tidy(() => this.pool(batch, pooling, normalize));
      const values = await pooled.data<'float32'>();
      pooled.dispose();
      for (const index of batch.keys())
        vectors.push(values.slice(index * this.hiddenSize, (index + 1) * this.hiddenSize));
    }
    return vectors;
  }

  private pool(rows: readonly number[][], pooling: 'mean' | 'cls', normalize: boolean): tf.Tensor2D {
    const length = Math.max(...rows.map((ids) => ids.length));
    const padded = rows.map((ids) => [...ids, ...Array(length - ids.length).fill(this.tokenizer.padTokenId)]);
    const attentionMask = tf.tensor2d(rows.map((ids) => Array.from({ length }, (_, at) => Number(at < ids.length))));
    const inputsEmbeds = this.embed(tf.tensor2d(padded, [rows.length, length], 'int32'));
    const { lastHiddenState } = this.forward({ inputsEmbeds, attentionMask });
    const mask = tf.expandDims(attentionMask, 2);
    const pooled =
      pooling === 'cls'
        ? tf.reshape(tf.slice(lastHiddenState, [0, 0, 0], [-1, 1, -1]), [rows.length, -1])
        : tf.div(tf.sum(tf.mul(lastHiddenState, mask), 1), tf.sum(mask, 1));
    if (!normalize) return pooled as tf.Tensor2D;
    return tf.div(pooled, tf.maximum(tf.norm(pooled, 'euclidean', 1, true), 1e-12)) as tf.Tensor2D;
  }

  /**
   * The tokenizer that came with the checkpoint.
   * @throws if none did.
   */
  get tokenizer(): Tokenizer {
    if (!this.loadedTokenizer) throw new Error(this.whyNoTokenizer);
    return this.loadedTokenizer;
  }

  set tokenizer(tokenizer: Tokenizer) {
    this.loadedTokenizer = tokenizer;
  }

  /**
   * Loads a checkpoint by name: `config.json`, the tokenizer's files and the safetensors beside them. A pretraining head in the
   * checkpoint is ignored.
   *
   * @param nameOrFolder A repository on the Hugging Face hub, such as `google-bert/bert-base-uncased`, or a local folder.
   * @throws if the architecture is not registered.
   * @throws {StateDictError} if a parameter is missing, of another shape, or unexpected.
   */
  static async fromPretrained(nameOrFolder: string, options: LanguageModelOptions = {}): Promise<LanguageModel> {
    const pretrained = await openPretrained(nameOrFolder, {
      ...options,
      optionalFiles: ['tokenizer.json', 'tokenizer_config.json'],
    });
    const { files } = pretrained;
    try {
      const json = (await readJson(files, 'config.json')) as Record<string, unknown>;
      const architecture = architectures.get(String(json.model_type));
      if (!architecture) {
        throw new Error(
          `config.json of ${files.name} has model_type "${json.model_type}", which is not a language model that can be read. Expected one of ${[...architectures.keys()].join(', ')}.`,
        );
      }
      const weights = pretrained.weights((name) => architecture.renameWeight(name, options));
      const model = architecture.create(json, { ...options, hasWeight: (name) => weights.has(name) });
      model.revision = files.revision;
      if (options.frozen) model.freeze();
      await model.loadStateDict(weights, { misfit: pretrained.misfit });
      if (files.has('tokenizer.json')) model.tokenizer = await fittingTokenizer(files, model.vocabularySize);
      else model.whyNoTokenizer = `${files.name} has no tokenizer.json, which prompts need: add the one of that model.`;
      return model.eval();
    } finally {
      await pretrained.close();
    }
  }
}

/** @throws if it has words that the model has not. */
async function fittingTokenizer(files: PretrainedFiles, vocabularySize: number): Promise<Tokenizer> {
  const tokenizer = await loadTokenizer(files);
  if (tokenizer.largestId < vocabularySize) return tokenizer;
  throw new Error(
    `tokenizer.json of ${files.name} has words up to number ${tokenizer.largestId}, but the model has ${vocabularySize}: take both from one model.`,
  );
}

/** How one family of language models is made from its `config.json`, and the names of its weights in a checkpoint. */
export interface LanguageModelArchitecture {
  /** `hasWeight` tells whether the checkpoint holds an optional part. */
  create(
    configuration: Record<string, unknown>,
    options: LanguageModelOptions & { hasWeight?: (name: string) => boolean },
  ): LanguageModel;
  /** The name that the model has for a tensor of a checkpoint; undefined leaves the tensor out. */
  renameWeight(name: string, options: LanguageModelOptions): string | undefined;
}

/**
 * Makes another family of language models loadable by `LanguageModel.fromPretrained`.
 * @param modelType The `model_type` in its `config.json`.
 */
export function registerLanguageModel(modelType: string, architecture: LanguageModelArchitecture): void {
  architectures.set(modelType, architecture);
}

const architectures = new Map<string, LanguageModelArchitecture>();
