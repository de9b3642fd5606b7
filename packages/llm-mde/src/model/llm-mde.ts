import type { AdaptationHead } from '@llm-mde/adaptation-head';
import type { PretrainedOptions } from '@llm-mde/checkpoints';
import type { LanguageModel } from '@llm-mde/language-model';
import { attachLora, type LoraAdapters } from '@llm-mde/lora';
import { Module, manualSeed, type Parameter } from '@llm-mde/nn';
import type { PromptStyle } from '@llm-mde/prompts';
import type { NearestWord, ProjectedPrototypes, Reprogramming } from '@llm-mde/reprogramming';
import type { RawImage, VisionEncoder } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import { checkConfiguration } from '../check-configuration.js';
import type { Compiler } from '../compiler.js';
import type { LlmMdeConfiguration, LoraTowerConfiguration } from '../configuration.js';
import { atOnce } from '../pauses.js';
import {
  type TrainingBatch,
  TrainingStep,
  type TrainStepOptions,
  type TrainStepResult,
} from '../training/training-step.js';
import { type AttendedWords, type AttendedWordsOptions, attendedWords } from './attended-words.js';
import { buildParts, type Parts } from './build-parts.js';
import { CompiledPrediction } from './compiled-prediction.js';
import { initFrom, MODEL_PARTS, type ModelPart } from './init-from.js';
import type { ModelFiles } from './model-files.js';
import {
  inputTensors,
  longestPromptLength,
  type ModelInputs,
  type PreparedImages,
  prepareImages,
} from './model-inputs.js';
import { type Prediction, type PredictOptions, predict } from './predict.js';
import { loadModel, saveModel } from './saved-model.js';

export interface ForwardOptions {
  /** Height and width of the depth maps. @default what the head's stages give */
  size?: readonly [height: number, width: number];
  /** The text prototypes, [V',D], or their keys and values, where they are computed once for several calls. @default computed, or frozen in evaluation mode */
  prototypes?: tf.Tensor2D | ProjectedPrototypes;
  /** One prompt for all images, in the place of the inputs' own. */
  prompt?: EmbeddedPrompt | undefined;
}

/** A prompt whose words are embedded already. */
export interface EmbeddedPrompt {
  /** [1,P,D] */
  embeddings: tf.Tensor3D;
  /** 1 for a token, 0 for padding, [1,P], float32. */
  attentionMask: tf.Tensor2D;
}

export interface CreateOptions extends PretrainedOptions {
  /**
   * Run training steps and predictions as compiled graphs: `compile` of `@llm-mde/compile`, or `device.compile` of `@llm-mde/backend`.
   * @default kernel by kernel
   */
  compiler?: Compiler | undefined;
}

/**
 * LLM-MDE: depth from a single image, understood by a language model (arXiv 2409.01133). A vision transformer looks at the image; its patch
 * features are said in text prototypes (`@llm-mde/reprogramming`); BERT reads them after a prompt that describes the image
 * (`@llm-mde/prompts`); the adaptation head turns what BERT says at the patches into metres. Only low-rank adapters and the new modules
 * are trained.
 *
 * ```ts
 * const model = await LlmMde.create(preset('tiny'));
 * await model.trainStep([{ image, depth: metres }]);
 * const { depth, width, height, prompt } = await model.predict(image);
 * await model.save('my-model');
 * ```
 *
 * A TensorFlow.js backend has to be open: `@llm-mde/backend`, or any other by `tf.setBackend`.
 */
export class LlmMde extends Module {
  readonly vision: VisionEncoder;
  readonly language: LanguageModel;
  readonly reprogramming: Reprogramming;
  readonly head: AdaptationHead;
  /** The adapters of each tower that has any. */
  readonly adapters: { readonly vision?: LoraAdapters; readonly language?: LoraAdapters };
  private trainingStep: TrainingStep | undefined;
  private prediction: CompiledPrediction | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  /** Ids of tokens that are no words, once they were asked for. */
  private marks: number[] | undefined;
  private longestPromptLength: number | undefined;

  /**
   * Builds a model, with pretrained towers where the configuration names them.
   *
   * @param configuration Such as `preset('paper')`, changed with `configure`.
   * @param options How pretrained files are found: `token`, `offline`, `onProgress` and the rest of `@llm-mde/checkpoints`.
   * @throws {ConfigurationError} if a key is wrong or the parts do not fit together.
   */
  static async create(
    configuration: LlmMdeConfiguration,
    { compiler, ...options }: CreateOptions = {},
  ): Promise<LlmMde> {
    checkConfiguration(configuration);
    manualSeed(configuration.seed);
    const parts = await buildParts(configuration, options);
    const vision = attach(parts.vision, configuration.vision.lora);
    const language =
      configuration.language.mode === 'absent' ? undefined : attach(parts.language, configuration.language.lora);
    const adapters = { ...(vision && { vision }), ...(language && { language }) };
    return new LlmMde(configuration, parts, adapters, compiler).eval();
  }

  /**
   * Loads what `save` wrote; pretrained towers come from where the model's `config.json` says, at the revision that it was trained with.
   *
   * @param source A folder (in Node), or files from elsewhere, such as `urlFiles('https://example.com/my-model/')`.
   * @throws if a file is missing or broken, or a tensor is missing, foreign or misshapen: the message names it.
   */
  static load(source: string | ModelFiles, options: CreateOptions = {}): Promise<LlmMde> {
    return loadModel(source, options);
  }

  /** Use `create` or `load`. */
  constructor(
    readonly configuration: LlmMdeConfiguration,
    parts: Parts,
    adapters: LlmMde['adapters'],
    readonly compiler?: Compiler,
  ) {
    super();
    this.vision = this.register('vision', parts.vision);
    this.language = this.register('language', parts.language);
    this.reprogramming = this.register('reprogramming', parts.reprogramming);
    this.head = this.register('head', parts.head);
    this.adapters = adapters;
    if (adapters.vision) this.register('vision_adapter', adapters.vision);
    if (adapters.language) this.register('language_adapter', adapters.language);
    const { gradientCheckpointing } = configuration.optimization;
    this.vision.gradientCheckpointing = gradientCheckpointing;
    this.language.gradientCheckpointing = gradientCheckpointing;
    if (configuration.vision.fullFineTuning) this.vision.unfreeze();
    if (configuration.language.fullFineTuning) for (const layer of this.language.layers) layer.unfreeze();
  }

  /**
   * Pixels and words of images, as tensors for `forward`; dispose them with `tf.dispose`. `prepareImages` gives the same as plain arrays
   * together with the prompts.
   */
  prepare(images: RawImage | readonly RawImage[]): ModelInputs {
    return inputTensors(this.prepareImages(images));
  }

  /**
   * Pixels and words of images as plain arrays, and the prompts as text.
   *
   * @param promptStyle @default the configuration's
   */
  prepareImages(images: RawImage | readonly RawImage[], promptStyle?: PromptStyle): PreparedImages {
    return atOnce(prepareImages(Array.isArray(images) ? images : [images as RawImage], this, promptStyle));
  }

  /**
   * The number of tokens of the longest prompt that the model's style writes. All prompts are padded to as many, rounded up to the
   * configuration's `multipleOf`: so the patches have the same positions whatever the prompt says, in training and after. 0 where there is no prompt.
   */
  get promptLength(): number {
    this.longestPromptLength ??= longestPromptLength(this);
    return this.longestPromptLength;
  }

  /**
   * The network: from pixels and words to depth. A pure function of its inputs and of the model's tensors; dropout, in training mode, follows
   * from `withDropoutSeed`.
   *
   * @param inputs From `prepare`, or images.
   * @returns depth in metres, [B,height,width].
   */
  forward(
    inputs: ModelInputs | RawImage | readonly RawImage[],
    { size, prototypes, prompt }: ForwardOptions = {},
  ): tf.Tensor3D {
    return tf.tidy(() => {
      const { pixelValues, inputIds, attentionMask } = isModelInputs(inputs) ? inputs : this.prepare(inputs);
      const { patches } = this.vision.forward(pixelValues);
      const tokens = this.reprogramming.forward(patches, prototypes ?? this.currentPrototypes());
      const understood =
        this.configuration.language.mode === 'absent'
          ? tokens
          : this.understand(tokens, prompt ? repeat(prompt, tokens.shape[0]) : this.embed(inputIds, attentionMask));
      const { patchSize } = this.vision.configuration;
      return this.head.forward(understood, {
        rows: pixelValues.shape[1] / patchSize,
        columns: pixelValues.shape[2] / patchSize,
        image: pixelValues,
        size,
      });
    });
  }

  /** The text prototypes of this moment, [V',D]. */
  prototypes(): tf.Tensor2D {
    return this.reprogramming.prototypes(this.language.wordEmbeddings);
  }

  /**
   * One step of training: the scale-invariant loss (equation 3), its gradients, clipping, and AdamW. Sets the model to training mode.
   *
   * @param batch Images with their depth; all depth maps of one size.
   * @returns the loss, the norm of the gradients before clipping, and which step it was.
   * @throws {NonFiniteLossError} if the loss or a gradient is not a number; the weights have not changed then.
   */
  trainStep(batch: TrainingBatch, options: TrainStepOptions = {}): Promise<TrainStepResult> {
    return this.inTurn(() => this.currentTraining().run(batch, options));
  }

  /** The optimizer's state, to go on with later. */
  get optimizer(): TrainingStep['optimizer'] {
    return this.currentTraining().optimizer;
  }

  /**
   * Depth of images, each at its own size. Leaves the mode of the model as it is. Calls may overlap each other and training steps: they take
   * turns, in the order in which they were made; compiled, they share their graphs.
   *
   * @param images One image, or several, of any sizes. They must not change meanwhile.
   * @throws if an image is malformed.
   */
  predict(images: RawImage, options?: PredictOptions): Promise<Prediction>;
  predict(images: readonly RawImage[], options?: PredictOptions): Promise<Prediction[]>;
  async predict(
    images: RawImage | readonly RawImage[],
    options: PredictOptions = {},
  ): Promise<Prediction | Prediction[]> {
    if (Array.isArray(images)) return predict(this, images as readonly RawImage[], options);
    const [prediction] = await predict(this, [images as RawImage], options);
    return prediction!;
  }

  /** The compiled form of a prediction; undefined where the model is not compiled. Ask for it in turn. */
  get compiledPrediction(): CompiledPrediction | undefined {
    const inTraining = this.trainingStep !== undefined;
    if (this.prediction?.inTraining !== inTraining) this.forgetCompiledPrediction();
    if (this.compiler && !this.prediction) {
      this.makeInitialValues();
      this.prediction = new CompiledPrediction(this, this.compiler, inTraining);
    }
    return this.prediction;
  }

  /** Parameters make their values on first use. Made while a function is traced, they would be parts of its graph and never be let go. */
  makeInitialValues(): void {
    for (const [, parameter] of this.namedParameters()) void parameter.value;
  }

  /** Which prototypes each patch of an image attends to, and the words that these are nearest to. For looking at. */
  attendedWords(image: RawImage, options: AttendedWordsOptions = {}): Promise<AttendedWords> {
    return attendedWords(this, image, options);
  }

  /** The words nearest to some prototypes, in text; marks such as [CLS] and unused places of the vocabulary are left out. */
  async wordsOf(prototypes: readonly number[], count = 5): Promise<(NearestWord & { word: string })[][]> {
    this.marks ??= this.language.tokenizer
      .tokens(Array.from({ length: this.language.vocabularySize }, (_, id) => id))
      .flatMap((token, id) => (/^\[.+\]$/.test(token) ? [id] : []));
    const options = { count, exclude: this.marks };
    const lists = await this.reprogramming.nearestWords(prototypes, this.language.wordEmbeddings, options);
    return lists.map((list) =>
      list.map((entry) => ({ ...entry, word: this.language.tokenizer.tokens([entry.tokenId])[0]! })),
    );
  }

  /**
   * Writes the model to a folder: `config.json`, `model.safetensors` with the new modules, one folder with PEFT's files for each tower
   * that has adapters, and the weights of towers that have random ones. Pretrained weights are not written: `config.json` names them
   * and their revision. The folder is written under another name and renamed.
   */
  save(folder: string): Promise<void> {
    return saveModel(this, folder);
  }

  /**
   * Takes the weights of a saved model over: to train on from it, or to use its towers as pretrained ones. The saved model's adapters are merged
   * into its towers' weights; this model's own adapters stay as they are. The optimizer begins anew.
   *
   * @param source As for `load`.
   * @param parts Which of its parts; they need the same widths and layers here. @default all
   * @throws if a part does not fit: the message names what is missing, foreign or of another shape. Parts before it are taken over already.
   */
  initFrom(source: string | ModelFiles, parts: readonly ModelPart[] = MODEL_PARTS): Promise<void> {
    return this.inTurn(async () => {
      this.trainingStep?.dispose();
      this.trainingStep = undefined;
      this.forgetCompiledPrediction();
      await initFrom(this, source, parts);
    });
  }

  /** All that is trained, by the name it has in the model. */
  trainableParameters(): Map<string, Parameter> {
    return new Map([...this.namedParameters()].filter(([, parameter]) => parameter.requiresGrad));
  }

  /** Adds the adapters to the towers' weights: predictions cost less. Undone by `unmerge`, which training needs. */
  merge(): void {
    for (const adapters of Object.values(this.adapters)) adapters.merge();
    this.forgetCompiledPrediction();
  }

  unmerge(): void {
    for (const adapters of Object.values(this.adapters)) adapters.unmerge();
    this.forgetCompiledPrediction();
  }

  override dispose(): void {
    this.trainingStep?.dispose();
    this.trainingStep = undefined;
    this.forgetCompiledPrediction();
    for (const part of [...Object.values(this.adapters), this.reprogramming, this.vision, this.language, this.head]) {
      part.dispose();
    }
  }

  /** Runs one task after the other: training steps and compiled predictions, which may be asked for at any time. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.queue.then(() => task());
    this.queue = result.catch(() => {});
    return result;
  }

  /** Its graphs hold weights that have changed. */
  private forgetCompiledPrediction(): void {
    void this.prediction?.dispose();
    this.prediction = undefined;
  }

  private currentTraining(): TrainingStep {
    this.trainingStep ??= new TrainingStep(this);
    return this.trainingStep;
  }

  /** Computed for this call in training, kept in evaluation. */
  private currentPrototypes(): tf.Tensor2D | undefined {
    if (this.training) return this.prototypes();
    this.reprogramming.freezePrototypes(this.language.wordEmbeddings);
    return undefined;
  }

  private embed(inputIds?: tf.Tensor2D, attentionMask?: tf.Tensor2D): EmbeddedPrompt | undefined {
    return inputIds && attentionMask && { embeddings: this.language.embed(inputIds), attentionMask };
  }

  /** What the language model says at the patches, having read the prompt before them. */
  private understand(patches: tf.Tensor3D, prompt: EmbeddedPrompt | undefined): tf.Tensor3D {
    if (!prompt) return this.language.forward({ inputsEmbeds: patches }).lastHiddenState;
    const [batch, length, features] = patches.shape;
    const { embeddings, attentionMask } = prompt;
    const { lastHiddenState } = this.language.forward({
      inputsEmbeds: tf.concat([embeddings, patches], 1),
      attentionMask: tf.concat([attentionMask, tf.ones<tf.Rank.R2>([batch, length])], 1),
    });
    return tf.slice(lastHiddenState, [0, embeddings.shape[1], 0], [batch, length, features]);
  }
}

/** The same prompt for each of a batch. */
function repeat({ embeddings, attentionMask }: EmbeddedPrompt, batch: number): EmbeddedPrompt {
  return { embeddings: tf.tile(embeddings, [batch, 1, 1]), attentionMask: tf.tile(attentionMask, [batch, 1]) };
}

function attach(tower: Module, lora: LoraTowerConfiguration | null): LoraAdapters | undefined {
  return lora ? attachLora(tower, lora) : undefined;
}

function isModelInputs(inputs: ModelInputs | RawImage | readonly RawImage[]): inputs is ModelInputs {
  return 'pixelValues' in inputs;
}
