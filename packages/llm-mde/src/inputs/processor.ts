import { buildPrompt, longestPrompt, type Prompt, type PromptStyle } from '@llm-mde/prompts';
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
   * @throws if an image is malformed, or its focal length is not a positive number.
   */
  async prepare(images: readonly CameraImage[], promptStyle?: PromptStyle): Promise<PreparedImages> {
    const { vision, configuration } = this.network;
    const { camera } = configuration;
    const [rows, columns] = inputSize(configuration);
    const [height, width] = images.every((image) => isTurned(configuration, image)) ? [columns, rows] : [rows, columns];
    const options = { ...configuration.prompt, ...(promptStyle && { style: promptStyle }) };
    const length = height * width * 3;
    const pixels = new Float32Array(images.length * length);
    const prompts: Prompt[] = [];
    for (const [index, image] of images.entries()) {
      const { data } = vision.preprocessor.preprocess(image, {
        // The whole image, squashed: a crop would leave pixels without depth.
        doResize: true,
        size: { height, width },
        doCenterCrop: false,
      });
      pixels.set(data, index * length);
      await nextTurn();
      prompts.push(buildPrompt(image, options));
      await nextTurn();
    }
    const hasPrompt = configuration.language.mode !== 'absent' && (options.style !== 'none' || this.promptLength > 0);
    return {
      inputs: {
        pixelValues: { data: pixels, shape: [images.length, height, width, 3] },
        ...(hasPrompt && this.tokenize(prompts.map(({ text }) => text))),
        ...(camera && {
          depthScale: {
            data: Float32Array.from(images, (image) => depthScale(image, camera, [height, width])),
            shape: [images.length],
          },
        }),
      },
      prompts,
    };
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

  /** The tokens of prompts, padded on the right to the same length. */
  tokenize(texts: readonly string[]): Required<Pick<InputArrays, 'inputIds' | 'attentionMask'>> {
    const { multipleOf = 16 } = this.network.configuration.prompt;
    const rows = texts.map((text) => this.tokensOf(text));
    const longest = rows.reduce((most, { length }) => Math.max(most, length), this.promptLength);
    const length = Math.ceil(longest / multipleOf) * multipleOf;
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
