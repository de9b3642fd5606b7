import type { LanguageModel } from '@llm-mde/language-model';
import { buildPrompt, longestPrompt, type Prompt, type PromptStyle, padPrompts } from '@llm-mde/prompts';
import type { RawImage, VisionEncoder } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import type { LlmMdeConfiguration } from '../configuration.js';
import type { Work } from '../pauses.js';

/** What the network reads of a batch of images. Dispose it with `tf.dispose`. */
export interface ModelInputs {
  /** The images, resized and normalized, [B,S,S,3], float32. */
  pixelValues: tf.Tensor4D;
  /** The prompts' tokens, [B,P], int32; absent where there is no prompt. */
  inputIds?: tf.Tensor2D;
  /** 1 for a token, 0 for padding, [B,P], float32. */
  attentionMask?: tf.Tensor2D;
}

/** The same before it becomes tensors: it can be made in a worker, and handed to a compiled model. */
export interface PreparedImages {
  pixelValues: { data: Float32Array; shape: [number, number, number, 3] };
  /** [B,P]; undefined where there is no prompt. */
  inputIds: { data: Int32Array; shape: [number, number] } | undefined;
  attentionMask: { data: Float32Array; shape: [number, number] } | undefined;
  /** One per image. */
  prompts: Prompt[];
}

/** Turns images into pixels and words, as the model's configuration says. Pure JavaScript: no tensor is made. Pauses within and after each image. */
export function* prepareImages(
  images: readonly RawImage[],
  model: PromptReader & { vision: VisionEncoder },
  promptStyle: PromptStyle = model.configuration.prompt.style,
): Work<PreparedImages> {
  const { vision, configuration } = model;
  const { imageSize } = configuration;
  const options = { ...configuration.prompt, style: promptStyle };
  const length = imageSize * imageSize * 3;
  const pixelValues: PreparedImages['pixelValues'] = {
    data: new Float32Array(images.length * length),
    shape: [images.length, imageSize, imageSize, 3],
  };
  const prompts: Prompt[] = [];
  for (const [index, image] of images.entries()) {
    const { data } = vision.preprocessor.preprocess(image, {
      // The whole image, squashed to a square: a crop would leave pixels without depth.
      doResize: true,
      size: { height: imageSize, width: imageSize },
      doCenterCrop: false,
    });
    pixelValues.data.set(data, index * length);
    yield;
    prompts.push(buildPrompt(image, options));
    yield;
  }
  if (configuration.language.mode === 'absent' || (options.style === 'none' && model.promptLength === 0)) {
    return { pixelValues, inputIds: undefined, attentionMask: undefined, prompts };
  }
  const texts = prompts.map(({ text }) => text);
  return { pixelValues, ...promptTokens(texts, model), prompts };
}

/** What tokenizes a model's prompts, and how many tokens they have before they are padded: see `LlmMde.promptLength`. */
interface PromptReader {
  readonly language: LanguageModel;
  readonly configuration: LlmMdeConfiguration;
  readonly promptLength: number;
}

/** The number of tokens of the longest prompt that a model's own style writes. */
export function longestPromptLength({ language: { tokenizer }, configuration }: Omit<PromptReader, 'promptLength'>) {
  const countTokens = (text: string) => tokenize(text, tokenizer).length;
  return countTokens(longestPrompt(configuration.prompt, countTokens));
}

/** The tokens of prompts, padded so that the patches after them lie where they lay in training. */
export function promptTokens(
  texts: readonly string[],
  { language: { tokenizer }, configuration, promptLength }: PromptReader,
) {
  const padded = padPrompts(
    texts.map((text) => tokenize(text, tokenizer)),
    {
      padTokenId: tokenizer.padTokenId,
      multipleOf: configuration.prompt.multipleOf ?? 16,
      minimumLength: promptLength,
    },
  );
  const shape: [number, number] = [texts.length, padded.inputIds[0]!.length];
  return {
    inputIds: { data: Int32Array.from(padded.inputIds.flat()), shape },
    attentionMask: { data: Float32Array.from(padded.attentionMask.flat()), shape },
  };
}

/** No text has no tokens: BERT's tokenizer would still mark where it begins and ends. */
function tokenize(text: string, tokenizer: LanguageModel['tokenizer']): number[] {
  return text === '' ? [] : tokenizer.tokenize([text]).inputIds[0]!;
}

/** The tensors of prepared images. */
export function inputTensors({ pixelValues, inputIds, attentionMask }: Omit<PreparedImages, 'prompts'>): ModelInputs {
  return {
    pixelValues: tf.tensor4d(pixelValues.data, pixelValues.shape),
    ...(inputIds && { inputIds: tf.tensor2d(inputIds.data, inputIds.shape, 'int32') }),
    ...(attentionMask && { attentionMask: tf.tensor2d(attentionMask.data, attentionMask.shape) }),
  };
}

/** Prepared images as a compiled function takes them. */
export function feed({ pixelValues, inputIds, attentionMask }: Omit<PreparedImages, 'prompts'>) {
  return { pixelValues, ...(inputIds && { inputIds }), ...(attentionMask && { attentionMask }) };
}
