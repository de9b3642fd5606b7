import { type PretrainedOptions, replaceFolder } from '@llm-mde/checkpoints';
import { type Compiler, eager } from '@llm-mde/compile/eager';
import type { PromptStyle } from '@llm-mde/prompts';
import type { NearestWord } from '@llm-mde/reprogramming';
import type { RawImage } from '@llm-mde/vision-encoder';
import type { LlmMdeConfiguration } from './configuration/configuration.js';
import { createNetwork } from './files/create-network.js';
import type { ModelReference } from './files/find-model.js';
import { initFrom, MODULE_NAMES, type ModuleName } from './files/init-from.js';
import { loadNetwork } from './files/load-network.js';
import { networkFiles, type SaveOptions } from './files/save-network.js';
import { refuseTowers } from './files/tower-files.js';
import type { CameraImage } from './inputs/camera.js';
import type { ModelRuntime } from './inputs/model-runtime.js';
import { type PreparedImages, Processor, type VisionFeatures } from './inputs/processor.js';
import type { ImageSource } from './inputs/read-image.js';
import type { Network } from './network/network.js';
import { openCompiler } from './open-compiler.js';
import {
  type AttendedWords,
  type AttendedWordsOptions,
  attendedWords,
  type PrototypeWord,
  wordsOf,
} from './prediction/attended-words.js';
import {
  type ChooseLayersOptions,
  type ChosenLayers,
  chooseFloat32Layers,
} from './prediction/choose-float32-layers.js';
import { type PredictOptions, predict } from './prediction/predict.js';
import type { Prediction } from './prediction/prediction.js';
import { Predictor } from './prediction/predictor.js';
import { VisionFeatureExtractor } from './prediction/vision-feature-extractor.js';
import type { AdamWState } from './training/adamw.js';
import type { TrainingBatch } from './training/micro-batches.js';
import { Training, type TrainStepOptions, type TrainStepResult } from './training/training.js';

export interface CreateOptions extends Omit<PretrainedOptions, 'source'> {
  /**
   * How training steps and predictions run: `compile` of `@llm-mde/compile`, or `device.compile` of `@llm-mde/backend`, as compiled graphs; `eager`
   * kernel by kernel.
   * @default in Node what the open device of `@llm-mde/backend` compiles with; in browsers, where that loads one more library, kernel by kernel
   */
  compiler?: Compiler | undefined;
  /**
   * `int8` computes the towers' layers in 8-bit integers in predictions, but for those that `quantization.float32` of the configuration names: faster by
   * about a third, for depth that differs by about a percent. On processors with a `compiler` that makes graphs. @default 'float32'
   */
  precision?: 'float32' | 'int8' | undefined;
}

/**
 * LLM-MDE: monocular depth estimation with a language model (arXiv 2409.01133). A ViT encodes the image; cross-attention maps its patches onto
 * text prototypes (`@llm-mde/reprogramming`); a prompt that describes the image is prepended (`@llm-mde/prompts`); BERT processes the sequence;
 * a convolutional head predicts metric depth. Only low-rank adapters and the new modules are trained.
 *
 * ```ts
 * const model = await LlmMde.create(preset('tiny'));
 * await model.trainStep([{ image, depth: metres }]);
 * const { depth, width, height, camera } = await model.predict('photo.jpg');
 * await model.save('my-model');
 * ```
 *
 * `create` and `load` open the best device of `@llm-mde/backend`, unless one is open or TensorFlow.js has another backend (`tf.setBackend`). Calls may
 * overlap: training steps, predictions and saves run one after the other, in the order in which they were called.
 */
export class LlmMde implements ModelRuntime {
  readonly processor: Processor;
  private training: Training | undefined;
  private predictor: Predictor | undefined;
  private extractor: VisionFeatureExtractor | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  /** Use `create` or `load`. */
  constructor(
    readonly network: Network,
    readonly compiler: Compiler = eager,
    private readonly precision: 'float32' | 'int8' = 'float32',
  ) {
    this.processor = new Processor(network);
  }

  /**
   * Builds a model, with pretrained towers if the configuration names them.
   *
   * @param configuration Such as `preset('paper')`, changed with `configure`.
   * @param options How pretrained files are found: `token`, `offline`, `onProgress` and the rest of `@llm-mde/checkpoints`.
   * @throws {ConfigurationError} if a key is wrong or the modules do not fit together.
   */
  static async create(
    configuration: LlmMdeConfiguration,
    { compiler, precision, ...options }: CreateOptions = {},
  ): Promise<LlmMde> {
    const runsOn = compiler ?? (await openCompiler());
    const model = new LlmMde(await createNetwork(configuration, options), runsOn, precision);
    try {
      model.processor.checkLength();
      return model;
    } catch (error) {
      model.network.dispose();
      throw error;
    }
  }

  /**
   * Loads what `save` wrote. Pretrained towers come from copies beside the model, `towers/vision` and `towers/language`, where it has them:
   * folders as Hugging Face transformers' `save_pretrained` writes. Otherwise they come from where the model's `config.json` says, at the
   * revision that it was trained with.
   *
   * @param source A folder (in Node), of a training run its best checkpoint; the name of a model that comes with llm-mde (in Node), `rooms-small`
   * or `tiny`; a repository on the Hugging Face hub, `owner/name`; the address of a folder; or files from elsewhere. See `ModelReference`.
   * @throws if a file is missing, broken or not as `SHA256SUMS` lists it, or a tensor is missing, unexpected, of another shape or not finite: the
   * message names it.
   */
  static async load(source: ModelReference, { compiler, precision, ...options }: CreateOptions = {}): Promise<LlmMde> {
    const runsOn = compiler ?? (await openCompiler());
    return new LlmMde(await loadNetwork(source, options), runsOn, precision);
  }

  get configuration(): LlmMdeConfiguration {
    return this.network.configuration;
  }

  /**
   * Depth of images, each at its own size. Leaves the network's mode as it is.
   *
   * @param images One image, or several, of any sizes: files, addresses, pixels, what a page shows, tensors; see `ImageSource`. They must not change
   * meanwhile.
   * @throws if an image cannot be read, decoded or fetched, or is malformed.
   */
  predict(image: ImageSource, options?: PredictOptions): Promise<Prediction>;
  predict(images: readonly ImageSource[], options?: PredictOptions): Promise<Prediction[]>;
  async predict(
    images: ImageSource | readonly ImageSource[],
    options: PredictOptions = {},
  ): Promise<Prediction | Prediction[]> {
    const list: readonly ImageSource[] = Array.isArray(images) ? images : [images as ImageSource];
    const predictions = await predict(this, () => this.currentPredictor(), list, options);
    return Array.isArray(images) ? predictions : predictions[0]!;
  }

  /**
   * What the network is given of images, as typed arrays, with the prompts as text.
   *
   * @param promptStyle @default the configuration's
   */
  prepareImages(images: CameraImage | readonly CameraImage[], promptStyle?: PromptStyle): Promise<PreparedImages> {
    return this.processor.prepare(listOf(images), promptStyle);
  }

  /**
   * One step of training: the scale-invariant loss (equation 3), its gradients, clipping, and AdamW. Sets the network to training mode.
   *
   * @param batch Images with their depth; all depth maps of one size. An image without a valid pixel counts as zero error.
   * @returns the loss, the norm of the gradients before clipping, and which step it was.
   * @throws {NonFiniteLossError} if the loss or a gradient is not a finite number. Whatever is thrown, no weight, running statistic or state of
   * the optimizer has changed then.
   */
  trainStep(batch: TrainingBatch, options: TrainStepOptions = {}): Promise<TrainStepResult> {
    return this.runExclusive(() => this.currentTraining().run(batch, options));
  }

  /**
   * What the frozen vision tower makes of images, for training steps that need not run it again: `trainStep([{ image, features, depth }])` has the
   * loss of `trainStep([{ image, depth }])`. Kept as float16 they take `2 · L · rows · columns · Dv` bytes an image, and change the loss by little.
   *
   * @param images Of any sizes; each is computed by itself.
   * @param options With `size`, the height and width that they are resized to. @default what a training step on these images together takes
   * @returns for each the patch tokens after the blocks of `head.layers` and after the last, [L,rows,columns,Dv], float32.
   * @throws {ConfigurationError} if the vision tower is trained or has dropout; Error if an image is malformed.
   */
  visionFeatures(
    images: readonly RawImage[],
    { size }: { size?: readonly [height: number, width: number] } = {},
  ): Promise<VisionFeatures[]> {
    return this.runExclusive(() => {
      this.extractor ??= new VisionFeatureExtractor(this.network, this.processor, this.compiler);
      return this.extractor.run(images, size);
    });
  }

  /** A copy of the optimizer's state, to resume training with later. */
  optimizerState(): Promise<AdamWState> {
    return this.runExclusive(async () => (await this.currentTraining().optimizer()).state());
  }

  /**
   * Resumes training from a saved optimizer.
   *
   * @throws if the state is of another model; nothing has changed then.
   */
  loadOptimizerState(state: AdamWState): Promise<void> {
    return this.runExclusive(async () => {
      const training = this.currentTraining();
      (await training.optimizer()).loadState(state);
      await training.forgetStep();
    });
  }

  /**
   * Runs a function, such as one that validates and saves the model, while the weights are the moving averages of `optimization.averageDecay`; without
   * averages, with the weights as they are. There must be no training step meanwhile.
   */
  async withAverages<Result>(run: () => Promise<Result>): Promise<Result> {
    if (this.configuration.optimization.averageDecay === undefined) return run();
    const exchange = () => this.runExclusive(async () => (await this.currentTraining().optimizer()).exchangeAverages());
    await exchange();
    try {
      return await run();
    } finally {
      await exchange();
    }
  }

  /**
   * Which layers have to stay in float32 so that the others can be computed in 8 bits: the error of each layer alone is measured on images, and so many
   * of the worst are left out that the depth of these images changes by no more than the tolerance. To be stored as `quantization.float32`.
   *
   * @param images A few that are like those that will be predicted.
   * @throws if so much cannot be reached, or the model runs where there are no 8 bits.
   */
  chooseFloat32Layers(images: readonly CameraImage[], options?: ChooseLayersOptions): Promise<ChosenLayers> {
    return this.runExclusive(() => chooseFloat32Layers(this, images, options));
  }

  /**
   * Which prototypes each patch of an image attends to, and the words that these are nearest to; and whether that says anything: `attention.verdict`.
   * For inspection.
   */
  attendedWords(image: RawImage, options: AttendedWordsOptions = {}): Promise<AttendedWords> {
    return this.runExclusive(() => attendedWords(this.network, this.processor, image, options));
  }

  /** The words nearest to some prototypes; special tokens such as [CLS] and unused places of the vocabulary are left out. */
  wordsOf(prototypes: readonly number[], count = 5): Promise<(NearestWord & PrototypeWord)[][]> {
    return this.runExclusive(() => wordsOf(this.network, prototypes, count));
  }

  /**
   * Writes the model to a folder: `config.json`, `model.safetensors` with the new modules, one folder with PEFT's files for each tower
   * that has adapters, and the weights of towers that have random ones. Pretrained weights are not written: `config.json` names them
   * and their revision. `SHA256SUMS` lists the checksums of all these files. The folder is written under another name and renamed. Node only.
   *
   * @throws {SafetensorsError} if a weight is too large for `halfPrecision`.
   * @throws {Error} if copies of pretrained towers are in the folder, which would be lost.
   */
  async save(folder: string, options: SaveOptions = {}): Promise<void> {
    const files = await this.runExclusive(async () => {
      await refuseTowers(folder);
      return networkFiles(this.network, options);
    });
    await replaceFolder(folder, files, { checksums: true });
  }

  /**
   * The files that `save` writes, by their path with `/` between folders, but for `SHA256SUMS`: in browsers, to offer them as a download, or to load the
   * model again with `memoryFiles`.
   *
   * @throws {SafetensorsError} if a weight is too large for `halfPrecision`.
   */
  files(options: SaveOptions = {}): Promise<Map<string, Uint8Array>> {
    return this.runExclusive(() => networkFiles(this.network, options));
  }

  /**
   * Initializes modules with the weights of a saved model: to train on from it, or to use its towers as pretrained ones. Where towers
   * have weights of their own, the saved model's adapters are merged into them, and this model's own adapters stay as they are; where they are
   * pretrained ones of the hub, which both models need to share, this model's adapters take the saved ones' values. The optimizer starts anew.
   *
   * @param source As for `load`.
   * @param modules Which modules; they need the same widths and layers here. @default all
   * @throws if a module does not fit: the message names what is missing, unexpected or of another shape. Modules before it are initialized already.
   */
  initFrom(source: ModelReference, modules: readonly ModuleName[] = MODULE_NAMES): Promise<void> {
    return this.runExclusive(async () => {
      await this.forgetGraphs();
      await initFrom(this.network, source, modules);
    });
  }

  /** Frees all tensors and compiled graphs, after what was asked for before. Await it before the device is closed. */
  dispose(): Promise<void> {
    return this.runExclusive(() => this.forgetGraphs().finally(() => this.network.dispose()));
  }

  runExclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.queue.then(() => task());
    this.queue = result.catch(() => {});
    return result;
  }

  private currentTraining(): Training {
    this.training ??= new Training(this);
    return this.training;
  }

  private async currentPredictor(): Promise<Predictor> {
    const inTraining = this.training !== undefined;
    if (this.predictor && this.predictor.inTraining !== inTraining) {
      const { predictor } = this;
      this.predictor = undefined;
      await predictor.dispose();
    }
    this.predictor ??= new Predictor(this.network, this.compiler, inTraining, this.precision);
    return this.predictor;
  }

  private async forgetGraphs(): Promise<void> {
    const { training, predictor, extractor } = this;
    this.training = undefined;
    this.predictor = undefined;
    this.extractor = undefined;
    await Promise.all([training?.dispose(), predictor?.dispose(), extractor?.dispose()]);
  }
}

function listOf(images: CameraImage | readonly CameraImage[]): readonly CameraImage[] {
  return Array.isArray(images) ? images : [images as CameraImage];
}
