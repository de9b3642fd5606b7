import { datasetDescription } from './dataset-description.js';
import { classifyDepth, type DepthClass, describeClass } from './depth-class.js';
import { fixedPrompt } from './fixed-prompt.js';
import { betweenMarkers } from './markers.js';
import { describePixels, type PixelStatistics, pixelStatistics } from './pixel-statistics.js';
import type { RawImage } from './raw-image.js';
import { taskDescription } from './task-description.js';

/**
 * The three prompts that the paper's ablation compares.
 *
 * - `adaptive` (LLM-MDE-A): data set and task, and what this image's pixels say.
 * - `fixed` (LLM-MDE-B): data set and task in one text that is the same for every image.
 * - `none` (LLM-MDE-C): no text.
 */
export type PromptStyle = 'adaptive' | 'fixed' | 'none';

export interface PromptOptions {
  /** @default 'adaptive' */
  style?: PromptStyle;
  /** What the images are, in a sentence. @default NYU_DATASET */
  dataset?: string;
  /** What the model has to do, in a sentence. @default NYU_TASK */
  task?: string;
}

export interface Prompt {
  /** What the tokenizer gets; empty for the style `none`. */
  text: string;
  /** The four parts as they stand in `text`; empty where the style has no such part. */
  parts: { dataset: string; task: string; pixels: string; class: string };
  /** What was measured on the image; null where the style does not look at it. */
  statistics: PixelStatistics | null;
  /** The image's class; null where the style does not look at it. */
  depthClass: DepthClass | null;
}

export interface AdaptivePrompt extends Prompt {
  statistics: PixelStatistics;
  depthClass: DepthClass;
}

/**
 * Writes the prompt of one image: the Adaptive Prompt Generation module of LLM-MDE (section II-B of the paper).
 *
 * Only the style `adaptive` reads the image; it passes over the pixels once. The same image and options always give the same text.
 *
 * @param image 8 bits a channel, rows from top to bottom, channels interleaved. See {@link RawImage}.
 * @returns the text, its four parts, and the numbers and the class that they name.
 * @throws TypeError or RangeError if the style is unknown, a description is empty, or (style `adaptive`) the image is malformed.
 */
export function buildPrompt(image: RawImage, options?: PromptOptions & { style?: 'adaptive' }): AdaptivePrompt;
export function buildPrompt(image: RawImage, options?: PromptOptions): Prompt;
export function buildPrompt(image: RawImage, options: PromptOptions = {}): Prompt {
  const style = options.style ?? 'adaptive';
  switch (style) {
    case 'adaptive':
      return adaptivePrompt(image, options);
    case 'fixed': {
      const parts = {
        dataset: datasetDescription(options.dataset),
        task: taskDescription(options.task),
        pixels: '',
        class: '',
      };
      return { text: fixedPrompt(options), parts, statistics: null, depthClass: null };
    }
    case 'none':
      return { text: '', parts: { dataset: '', task: '', pixels: '', class: '' }, statistics: null, depthClass: null };
    default:
      throw new TypeError(`Unknown prompt style ${JSON.stringify(style)}: use 'adaptive', 'fixed' or 'none'.`);
  }
}

function adaptivePrompt(image: RawImage, options: PromptOptions): AdaptivePrompt {
  const statistics = pixelStatistics(image);
  const depthClass = classifyDepth(statistics);
  return { ...adaptiveText(options, statistics, depthClass), statistics, depthClass };
}

/** The words alone, for statistics and a class from anywhere. */
export function adaptiveText(
  { dataset, task }: PromptOptions,
  statistics: PixelStatistics,
  depthClass: DepthClass,
): Pick<Prompt, 'text' | 'parts'> {
  const parts = {
    dataset: datasetDescription(dataset),
    task: taskDescription(task),
    pixels: describePixels(statistics),
    class: describeClass(depthClass),
  };
  return { text: betweenMarkers([parts.dataset, parts.task, parts.pixels, parts.class]), parts };
}
