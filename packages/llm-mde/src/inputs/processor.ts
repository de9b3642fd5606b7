import { buildPrompt, longestPrompt, type Prompt, type PromptStyle, SCENE_TOKENS } from '@llm-mde/prompts';
import type { RawImage } from '@llm-mde/vision-encoder';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { inputSize, isTurned } from '../configuration/input-size.js';
import type { Network } from '../network/network.js';
import { type CameraImage, depthScale } from './camera.js';
import { nextTurn } from './next-turn.js';

/** The network's inputs as plain arrays, which a compiled function takes instead of tensors. */
export interface InputArrays {
  /** [B,H,W,3] */
  pixelValues: { data: Float32Array; shape: [number, number, number, 3] };
  /** [B,P]; absent if there is no prompt. */
  inputIds?: { data: Int32Array; shape: [number, number] };
  /** [B,P] */
  attentionMask?: { data: Float32Array; shape: [number, number] };
  /** [B]; present if the configuration has a camera. */
  depthScale?: { data: Float32Array; shape: [number] };
}

/** What the vision tower made of one image: the patch tokens after several of its blocks. */
export interface VisionFeatures {
  /** Row by row from the top left, float32. */
  data: Float32Array;
  /** Blocks (see `Network.featureLayers`), rows and columns of patches, and the width of the tower. */
  shape: readonly [layers: number, rows: number, columns: number, features: number];
}

/** As `InputArrays`, with features instead of pixels. */
export interface FeatureArrays extends Omit<InputArrays, 'pixelValues'> {
  /** [B,L,rows,columns,Dv] */
  features: { data: Float32Array; shape: [number, number, number, number, number] };
  /** [B,H,W,3]; present if the head has an `imageSkip`. */
  pixelValues?: InputArrays['pixelValues'];
}

export interface PreparedImages {
  inputs: InputArrays;
  /** One per image. */
  prompts: Prompt[];
}

/** Makes the network's inputs of images, as the configuration says. Typed arrays only: no tensor is made. */
export class Processor {
  private longestPromptLength: number | undefined;

  constructor(private readonly network: Network) {}

  /**
   * Preprocesses images and writes their prompts. Lets others have a turn after each image. Each is resized to the configured size, or to that size
   * turned by a quarter if it is a wide one and all these images are upright, or the other way round.
   *
   * @param images At least one, of any sizes.
   * @param promptStyle @default the configuration's
   * @throws if an image is malformed, its focal length is not a positive number, or its scene is described in too many words.
   */
  async prepare(images: readonly CameraImage[], promptStyle?: PromptStyle): Promise<PreparedImages> {
    const size = this.sizeFor(images);
    const pixelValues = await this.pixelValues(images, size);
    const { prompts, inputs } = await this.describe(images, size, promptStyle);
    return { inputs: { pixelValues, ...inputs }, prompts };
  }

  /**
   * The same for images that the vision tower has seen before.
   *
   * @param features One for each image.
   * @throws also if features have another shape than this network's vision tower gives.
   */
  async prepareFeatures(images: readonly CameraImage[], features: readonly VisionFeatures[]): Promise<FeatureArrays> {
    const { configuration, vision } = this.network;
    const { patchSize } = vision.configuration;
    const joined = this.joinFeatures(features);
    const [, , rows, columns] = joined.shape;
    const size = [rows * patchSize, columns * patchSize] as const;
    const pixels = configuration.head.imageSkip && { pixelValues: await this.pixelValues(images, size) };
    const { inputs } = await this.describe(images, size);
    return { features: joined, ...pixels, ...inputs };
  }

  /** Height and width that images are resized to if they are given to the network together. */
  sizeFor(images: readonly { width: number; height: number }[]): readonly [height: number, width: number] {
    const { configuration } = this.network;
    const [height, width] = inputSize(configuration);
    return images.every((image) => isTurned(configuration, image)) ? [width, height] : [height, width];
  }

  /** The images, resized and normalized. */
  async pixelValues(
    images: readonly RawImage[],
    [height, width]: readonly [number, number],
  ): Promise<InputArrays['pixelValues']> {
    const { vision } = this.network;
    const length = height * width * 3;
    const data = new Float32Array(images.length * length);
    for (const [index, image] of images.entries()) {
      // The whole image, squashed: a crop would leave pixels without depth.
      const options = { doResize: true, size: { height, width }, doCenterCrop: false };
      data.set(vision.preprocessor.preprocess(image, options).data, index * length);
      await nextTurn();
    }
    return { data, shape: [images.length, height, width, 3] };
  }

  /** Prompts and cameras. */
  private async describe(images: readonly CameraImage[], size: readonly [number, number], promptStyle?: PromptStyle) {
    const { configuration } = this.network;
    const { camera } = configuration;
    const options = { ...configuration.prompt, ...(promptStyle && { style: promptStyle }) };
    const prompts: Prompt[] = [];
    for (const image of images) {
      prompts.push(buildPrompt(image, options));
      await nextTurn();
    }
    const hasPrompt = configuration.language.mode !== 'absent' && (options.style !== 'none' || this.promptLength > 0);
    const scale = (image: CameraImage) => depthScale(image, camera!, size);
    const tokens = hasPrompt ? this.tokenize(prompts.map(({ text }) => text)) : undefined;
    if (options.style === 'scene' && tokens && tokens.inputIds.shape[1] > this.padded(this.promptLength)) {
      throw new ConfigurationError(
        `The scene ${JSON.stringify(longestOf(images.map(({ scene = '' }) => scene)))} is described in too many words: there is room for about ${SCENE_TOKENS}.`,
      );
    }
    const inputs: Omit<InputArrays, 'pixelValues'> = {
      ...tokens,
      ...(camera && { depthScale: { data: Float32Array.from(images, scale), shape: [images.length] } }),
    };
    return { inputs, prompts };
  }

  private joinFeatures(features: readonly VisionFeatures[]): FeatureArrays['features'] {
    const { featureLayers, vision, configuration } = this.network;
    const { patchSize, hiddenSize } = vision.configuration;
    const [rows, columns] = inputSize(configuration).map((pixels) => pixels / patchSize) as [number, number];
    const own = (height: number, width: number) => [featureLayers.length, height, width, hiddenSize] as const;
    const { shape } = features[0]!;
    const expected = shape.join() === own(columns, rows).join() ? own(columns, rows) : own(rows, columns);
    const length = expected.reduce((product, size) => product * size);
    const data = new Float32Array(features.length * length);
    for (const [index, each] of features.entries()) {
      if (each.shape.join() !== expected.join() || each.data.length !== length) {
        throw new Error(
          `The features of image ${index} have the shape [${each.shape}] and ${each.data.length} values, but [${expected}] is expected: ` +
            "compute those of a batch with this model's visionFeatures().",
        );
      }
      data.set(each.data, index * length);
    }
    return { data, shape: [features.length, ...expected] };
  }

  /**
   * The tokens of the longest prompt that the configuration's style can give; 0 if there is no prompt. All prompts are padded to as many, rounded
   * up to `multipleOf`: the patches have the same positions whatever the prompt says, in training and after.
   */
  get promptLength(): number {
    const countTokens = (text: string) => this.tokensOf(text).length;
    this.longestPromptLength ??= countTokens(longestPrompt(this.network.configuration.prompt, countTokens));
    return this.longestPromptLength;
  }

  /** @throws {ConfigurationError} if the longest prompt and the patches are more than the language model reads. */
  checkLength(): void {
    const { configuration, language, vision } = this.network;
    const { imageSize } = configuration;
    if (configuration.language.mode === 'absent' || language.layers.length === 0) return;
    const patchCount = inputSize(configuration).reduce(
      (count, pixels) => (count * pixels) / vision.configuration.patchSize,
      1,
    );
    const length = this.padded(this.promptLength);
    if (length + patchCount <= language.maximumLength) return;
    throw new ConfigurationError(
      `The prompt takes ${length} tokens and an "imageSize" of ${imageSize} ${patchCount} patches, but the language model reads at most ` +
        `${language.maximumLength} tokens: shorten "dataset" and "task" of the prompt, or use smaller images.`,
    );
  }

  private padded(length: number): number {
    const { multipleOf = 16 } = this.network.configuration.prompt;
    return Math.ceil(length / multipleOf) * multipleOf;
  }

  /** The tokens of prompts, padded on the right to the same length. */
  tokenize(texts: readonly string[]): Required<Pick<InputArrays, 'inputIds' | 'attentionMask'>> {
    const rows = texts.map((text) => this.tokensOf(text));
    const longest = rows.reduce((most, { length }) => Math.max(most, length), this.promptLength);
    const length = this.padded(longest);
    const inputIds = new Int32Array(rows.length * length).fill(this.network.language.tokenizer.padTokenId);
    const attentionMask = new Float32Array(rows.length * length);
    for (const [index, ids] of rows.entries()) {
      inputIds.set(ids, index * length);
      attentionMask.fill(1, index * length, index * length + ids.length);
    }
    const shape: [number, number] = [rows.length, length];
    return { inputIds: { data: inputIds, shape }, attentionMask: { data: attentionMask, shape } };
  }

  /** An empty text has no tokens: BERT's tokenizer would still add its special ones. */
  private tokensOf(text: string): number[] {
    return text === '' ? [] : this.network.language.tokenizer.encode(text);
  }
}

function longestOf(texts: readonly string[]): string {
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest));
}
