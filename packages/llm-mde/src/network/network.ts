import { AdaptationHead, DptHead } from '@llm-mde/adaptation-head';
import type { LanguageModel } from '@llm-mde/language-model';
import type { LoraAdapters } from '@llm-mde/lora';
import { Module, type Parameter } from '@llm-mde/nn';
import { type ProjectedPrototypes, Reprogramming } from '@llm-mde/reprogramming';
import type { VisionEncoder } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import type { LlmMdeConfiguration } from '../configuration/configuration.js';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { inputSize } from '../configuration/input-size.js';
import { AttentionLayer } from './attention-layer.js';

/** What the network takes of a batch of images. */
export interface ModelInputs {
  /** The images, resized and normalized, [B,H,W,3], float32. */
  pixelValues: tf.Tensor4D;
  /** The prompts' tokens, [B,P], int32; absent if there is no prompt. */
  inputIds?: tf.Tensor2D;
  /** 1 for a token, 0 for padding, [B,P], float32. */
  attentionMask?: tf.Tensor2D;
  /** Metres per metre of the canonical camera, [B], float32. @default 1 */
  depthScale?: tf.Tensor1D;
}

/** What it takes of images that the vision tower has seen before. */
export interface FeatureInputs extends Omit<ModelInputs, 'pixelValues'> {
  /** What `Network.visionFeatures` gave of them, [B,L,rows,columns,Dv], float32. */
  features: tf.Tensor5D;
  /** As in `ModelInputs`; needed by a head with `imageSkip` only. */
  pixelValues?: tf.Tensor4D;
}

export interface ForwardOptions {
  /** Height and width of the depth maps. @default those of the head's output */
  size?: readonly [height: number, width: number];
  /** The text prototypes, [V',D], or their keys and values, if they were computed before. @default computed */
  prototypes?: tf.Tensor2D | ProjectedPrototypes;
  /** One prompt for all images, instead of the inputs' own. */
  prompt?: EmbeddedPrompt | undefined;
}

/** A prompt whose words are embedded already. */
export interface EmbeddedPrompt {
  /** [1,P,D] */
  embeddings: tf.Tensor3D;
  /** 1 for a token, 0 for padding, [1,P], float32. */
  attentionMask: tf.Tensor2D;
}

interface EncodedPatches {
  patches: tf.Tensor3D;
  features: tf.Tensor3D[];
  rows: number;
  columns: number;
}

export const TOWERS = ['vision', 'language'] as const;
export type Tower = (typeof TOWERS)[number];

/** The two encoders, frozen. */
export interface Towers {
  vision: VisionEncoder;
  language: LanguageModel;
}

/**
 * The modules of LLM-MDE as one: a ViT encodes the image, cross-attention maps its patches onto text prototypes, a prompt is prepended, BERT
 * processes the sequence, and a convolutional head predicts metric depth. Takes tensors and gives tensors.
 */
export class Network extends Module {
  readonly vision: VisionEncoder;
  readonly language: LanguageModel;
  readonly reprogramming: Reprogramming;
  readonly head: AdaptationHead | DptHead;
  /** What stands in the language model's place in the mode 'attention'. */
  readonly attention: AttentionLayer | undefined;
  /** The LoRA adapters of each tower that has any. */
  readonly adapters: { readonly vision?: LoraAdapters; readonly language?: LoraAdapters } = {};

  /**
   * Builds reprogramming and head around two towers.
   *
   * @throws {ConfigurationError} if the towers do not fit the configuration.
   */
  constructor(
    readonly configuration: LlmMdeConfiguration,
    { vision, language }: Towers,
  ) {
    super();
    checkSizes(configuration, vision);
    const { reprogramming, optimization } = configuration;
    this.vision = this.register('vision', vision);
    this.language = this.register('language', language);
    this.reprogramming = this.register(
      'reprogramming',
      new Reprogramming({
        visionFeatures: vision.configuration.hiddenSize,
        languageFeatures: language.hiddenSize,
        vocabularySize: language.vocabularySize,
        ...reprogramming,
      }),
    );
    if (configuration.language.mode === 'attention') {
      this.attention = this.register('attention', new AttentionLayer(language.hiddenSize));
    }
    this.head = this.register('head', createHead(configuration, { vision, language }));
    vision.gradientCheckpointing = optimization.gradientCheckpointing;
    language.gradientCheckpointing = optimization.gradientCheckpointing;
    language.attention = configuration.language.attention ?? 'causal';
    if (configuration.vision.fullFineTuning) vision.unfreeze();
    if (configuration.language.fullFineTuning) for (const layer of language.layers) layer.unfreeze();
  }

  /** Makes the adapters of a tower part of the network. */
  setAdapters(tower: Tower, adapters: LoraAdapters): void {
    Object.assign(this.adapters, { [tower]: this.register(`${tower}_adapter`, adapters) });
  }

  /**
   * A pure function of its inputs and of the network's tensors; dropout, in training mode, follows from `withDropoutSeed`.
   *
   * @param inputs Pixels, or the features that the vision tower made of them, which is not run then.
   * @returns depth in metres, [B,height,width].
   */
  forward(inputs: ModelInputs | FeatureInputs, { size, prototypes, prompt }: ForwardOptions = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const { pixelValues, depthScale } = inputs;
      const { depthScale: calibration = 1 } = this.configuration;
      const { patches, features, ...grid } =
        'features' in inputs ? this.splitFeatures(inputs.features) : this.encode(inputs.pixelValues);
      const tokens = this.reprogramming.forward(patches, prototypes ?? this.prototypes());
      const hidden =
        this.configuration.language.mode === 'absent'
          ? tokens
          : this.runLanguageModel(tokens, prompt ? repeat(prompt, tokens.shape[0]) : this.embed(inputs));
      const depth =
        this.head instanceof DptHead
          ? this.head.forward({ features, tokens: hidden, ...grid, size })
          : this.head.forward(hidden, { ...grid, image: pixelValues, size });
      const metres = depthScale ? tf.mul<tf.Tensor3D>(depth, tf.reshape(depthScale, [-1, 1, 1])) : depth;
      return calibration === 1 ? metres : tf.mul(metres, calibration);
    });
  }

  /**
   * What the rest of the network takes of the vision tower: the patch tokens after each of `featureLayers`, [B,L,rows,columns,Dv]. For a frozen
   * tower they need to be computed only once.
   *
   * @param pixelValues [B,H,W,3], float32, as in `ModelInputs`.
   */
  visionFeatures(pixelValues: tf.Tensor4D): tf.Tensor5D {
    return tf.tidy(() => {
      const features = tf.stack(this.vision.forward(pixelValues, { layers: this.featureLayers }).features!, 1);
      const { rows, columns } = this.gridOf(pixelValues);
      const [batch, layers, , width] = features.shape as [number, number, number, number];
      return tf.reshape(features, [batch, layers, rows, columns, width]) as tf.Tensor5D;
    });
  }

  /** Blocks of the vision tower, counted from 1 and in order: those of the head's `layers`, and the last. */
  get featureLayers(): readonly number[] {
    const { layers = [] } = this.configuration.head;
    return [...new Set([...layers, this.vision.blocks.length])];
  }

  /**
   * @throws {ConfigurationError} if the vision tower does not give the same for an image in every step, so that its features cannot be computed
   * beforehand: it is trained, or has dropout.
   */
  checkVisionIsFrozen(): void {
    const { hiddenDropout, attentionDropout } = this.vision.configuration;
    const reason =
      this.adapters.vision || this.vision.trainableVariables().length > 0
        ? 'it is trained: set "vision.lora" to null and leave "vision.fullFineTuning" off'
        : hiddenDropout > 0 || attentionDropout > 0
          ? 'it has dropout'
          : undefined;
    if (reason) throw new ConfigurationError(`Features of the vision tower cannot be computed beforehand: ${reason}.`);
  }

  /** The text prototypes, [V',D]. */
  prototypes(): tf.Tensor2D {
    return this.reprogramming.prototypes(this.language.wordEmbeddings);
  }

  /** All trainable parameters, by name. */
  trainableParameters(): Map<string, Parameter> {
    return new Map([...this.namedParameters()].filter(([, parameter]) => parameter.requiresGrad));
  }

  /** Parameters get their values on first use. While a function is traced, those values would become part of its graph and never be freed. */
  makeInitialValues(): void {
    for (const parameter of this.namedParameters().values()) void parameter.value;
  }

  /**
   * What a graph of the network is made for: its variables and the constants that it has in it. If one is another now, a new graph is needed.
   * Compare with `sameMembers`.
   */
  structure(): unknown[] {
    return [...this.namedState().values()].map(({ value }) =>
      value instanceof tf.Variable ? value.name : value.dataId,
    );
  }

  /** Runs a function in evaluation mode. It must not be asynchronous. */
  inEvaluation<T>(run: () => T): T {
    const wasTraining = this.training;
    this.eval();
    try {
      return run();
    } finally {
      this.train(wasTraining);
    }
  }

  override dispose(): void {
    const { adapters, reprogramming, vision, language, attention, head } = this;
    for (const part of [...Object.values(adapters), reprogramming, vision, language, attention, head]) {
      part?.dispose();
    }
  }

  /** The patches after the last block, and those that the head takes, [B,N,Dv] each. */
  private encode(pixelValues: tf.Tensor4D): EncodedPatches {
    const { layers } = this.configuration.head;
    const { patches, features = [] } = this.vision.forward(pixelValues, { ...(layers && { layers }) });
    return { patches, features, ...this.gridOf(pixelValues) };
  }

  /** The same, of what `visionFeatures` gave. */
  private splitFeatures(features: tf.Tensor5D): EncodedPatches {
    const [batch, layers, rows, columns, width] = features.shape;
    const split = tf.unstack(tf.reshape(features, [batch, layers, rows * columns, width]), 1) as tf.Tensor3D[];
    const ofHead = split.slice(0, this.configuration.head.layers?.length ?? 0);
    return { patches: split.at(-1)!, features: ofHead, rows, columns };
  }

  private gridOf({ shape: [, height, width] }: tf.Tensor4D): { rows: number; columns: number } {
    const { patchSize } = this.vision.configuration;
    return { rows: height / patchSize, columns: width / patchSize };
  }

  private embed({ inputIds, attentionMask }: Omit<ModelInputs, 'pixelValues'>): EmbeddedPrompt | undefined {
    return inputIds && attentionMask && { embeddings: this.language.embed(inputIds), attentionMask };
  }

  /** The language model's output at the patches, which come after the prompt. */
  private runLanguageModel(patches: tf.Tensor3D, prompt: EmbeddedPrompt | undefined): tf.Tensor3D {
    if (!prompt) return this.process(patches);
    const [batch, length, features] = patches.shape;
    const { embeddings, attentionMask } = prompt;
    const processed = this.process(
      tf.concat([embeddings, patches], 1),
      tf.concat([attentionMask, tf.ones<tf.Rank.R2>([batch, length])], 1),
    );
    return tf.slice(processed, [0, embeddings.shape[1], 0], [batch, length, features]);
  }

  private process(inputsEmbeds: tf.Tensor3D, attentionMask?: tf.Tensor2D): tf.Tensor3D {
    if (this.attention) return this.attention.forward(inputsEmbeds, attentionMask);
    return this.language.forward({ inputsEmbeds, ...(attentionMask && { attentionMask }) }).lastHiddenState;
  }
}

/** Names the adapters that are in use and not merged: a graph is made for one choice of them. */
export function adaptersInUse(network: Network): string {
  return unmergedAdapters(network)
    .map(([tower, { activeAdapters }]) => `${tower} ${activeAdapters.join('+')}`)
    .join(', ');
}

export function unmergedAdapters({ adapters }: Network): [string, LoraAdapters][] {
  return Object.entries(adapters).filter(([, { enabled, merged }]) => enabled && !merged);
}

export function sameMembers(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((member, index) => member === others[index]);
}

function createHead({ head, maximumDepth }: LlmMdeConfiguration, { vision, language }: Towers) {
  const { layers, projectedChannels, channels, imageSkip, output } = head;
  const depth = { maximumDepth, ...(output && { output }) };
  if (!layers) {
    return new AdaptationHead({ inFeatures: language.hiddenSize, projectedChannels, channels, imageSkip, ...depth });
  }
  const { layerCount, hiddenSize } = vision.configuration;
  if (layers.some((layer, index) => layer > layerCount || layer <= (layers[index - 1] ?? 0))) {
    throw new ConfigurationError(
      `"head.layers" is ${layers.join(', ')}, but should be blocks of the vision encoder in order, from 1 to ${layerCount}.`,
    );
  }
  if (layers.length !== channels.length) {
    throw new ConfigurationError(
      `"head.channels" has ${channels.length} numbers, but "head.layers" ${layers.length}: give one for each.`,
    );
  }
  if (imageSkip) throw new ConfigurationError('"head.imageSkip" is true, but a head with "layers" has no image skip.');
  return new DptHead({
    visionFeatures: hiddenSize,
    languageFeatures: language.hiddenSize,
    channels,
    fusionChannels: projectedChannels,
    ...depth,
  });
}

/** The same prompt for each image of a batch. */
function repeat({ embeddings, attentionMask }: EmbeddedPrompt, batch: number): EmbeddedPrompt {
  return { embeddings: tf.tile(embeddings, [batch, 1, 1]), attentionMask: tf.tile(attentionMask, [batch, 1]) };
}

function checkSizes(configuration: LlmMdeConfiguration, vision: VisionEncoder): void {
  const { imageSize } = configuration;
  const { patchSize } = vision.configuration;
  const size = inputSize(configuration);
  if (size.some((pixels) => pixels % patchSize !== 0)) {
    throw new ConfigurationError(
      `"imageSize" is ${imageSize}, but should be a multiple of the vision encoder's patch size, ${patchSize}.`,
    );
  }
}
