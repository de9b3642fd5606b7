import { classifyDepth, DEPTH_CLASSES, type DepthClass } from './depth-class.js';
import { type PixelStatistics, pixelStatistics, type RawImage } from './statistics.js';

/** The default description of a dataset: NYU Depth v2. */
export const NYU_DATASET =
  'NYU Depth v2, photographs of indoor rooms with the depth that a Kinect camera measured, up to 10 metres.';

/** The default description of the task: metric depth from one image, as for NYU Depth v2. */
export const NYU_TASK = 'estimate from this single image how many metres each pixel is away from the camera.';

/**
 * The three prompts that the paper's ablation compares, and one that the paper does not have.
 *
 * - `adaptive` (LLM-MDE-A): dataset and task, and what this image's pixels say.
 * - `fixed` (LLM-MDE-B): dataset and task in one text that is the same for every image.
 * - `scene`: dataset and task, and what somebody says of the image's scene.
 * - `none` (LLM-MDE-C): no text.
 */
export const PROMPT_STYLES = ['adaptive', 'fixed', 'scene', 'none'] as const;

export type PromptStyle = (typeof PROMPT_STYLES)[number];

/** The room that `longestPrompt` leaves for a scene's description, in tokens: about as many short English words. */
export const SCENE_TOKENS = 32;

/** An image, and what somebody says of it. */
export interface DescribedImage extends RawImage {
  /** The kind of room and, after a comma, whatever else helps, such as `kitchen, a table by the window`. Read by the style `scene`. @default 'unknown' */
  scene?: string;
}

export interface PromptOptions {
  /** @default 'adaptive' */
  style?: PromptStyle;
  /** What the images are, in a sentence. @default NYU_DATASET */
  dataset?: string;
  /** What the model has to do, in a sentence. @default NYU_TASK */
  task?: string;
}

export interface Prompt {
  /** The tokenizer's input; empty for the style `none`. */
  text: string;
  /** The image's class; null if the style does not depend on the image. */
  depthClass: DepthClass | null;
}

/**
 * Writes the prompt of one image: the Adaptive Prompt Generation module of LLM-MDE (section II-B of the paper).
 *
 * Only the style `adaptive` reads the image's pixels, in one pass, and only `scene` its `scene`. The same image and options always give the same text.
 *
 * @param image 8 bits per channel, rows from top to bottom, channels interleaved. See {@link RawImage}.
 * @throws TypeError or RangeError if the style is unknown, a description is empty, or (style `adaptive`) the image is malformed.
 */
export function buildPrompt(image: DescribedImage, options: PromptOptions = {}): Prompt {
  const { style = 'adaptive' } = options;
  switch (style) {
    case 'adaptive': {
      const statistics = pixelStatistics(image);
      const depthClass = classifyDepth(statistics);
      return { text: adaptivePrompt(options, statistics, depthClass), depthClass };
    }
    case 'fixed':
      return { text: fixedPrompt(options), depthClass: null };
    case 'scene':
      return { text: scenePrompt(options, image.scene), depthClass: null };
    case 'none':
      return { text: '', depthClass: null };
    default:
      throw new TypeError(
        `Unknown prompt style ${JSON.stringify(style)}. Expected ${PROMPT_STYLES.map((known) => `'${known}'`).join(', ')}.`,
      );
  }
}

/**
 * The prompt of the ablation LLM-MDE-B: one text for every image.
 *
 * The paper does not print its fixed prompt. This one follows the order that is known as CO-STAR (context, objective, style,
 * audience, response), names the same dataset and task as the adaptive prompt, and is about as long, so that the two differ
 * in what they say about the image and in little else.
 *
 * @throws TypeError if a description is empty.
 */
export function fixedPrompt({
  dataset = NYU_DATASET,
  task = NYU_TASK,
}: Pick<PromptOptions, 'dataset' | 'task'> = {}): string {
  return betweenMarkers([
    `Context: ${sentence(dataset, 'dataset')}`,
    `Objective: ${sentence(task, 'task')}`,
    'Style: exact and consistent.',
    'Audience: a program that reads depth maps.',
    'Response: one distance for each pixel.',
  ]);
}

/**
 * The prompt with the most tokens that `buildPrompt` can write with these options, whatever the image. Padded to its length, the prompts of
 * every batch put the image tokens at the same positions, so that a prediction does not depend on the other images of the batch.
 *
 * @param options As for `buildPrompt`.
 * @param countTokens How many tokens a text has. The longest number and the longest class name are found independently: right for
 * tokenizers that split at spaces and punctuation, as BERT's does.
 * @returns a text; for the style `adaptive` of an image that need not exist, for `scene` with `SCENE_TOKENS` short words.
 */
export function longestPrompt(options: PromptOptions, countTokens: (text: string) => number): string {
  if (options.style === 'none') return '';
  if (options.style === 'fixed') return fixedPrompt(options);
  if (options.style === 'scene') return scenePrompt(options, Array(SCENE_TOKENS).fill('a').join(' '));
  const levels = Array.from({ length: 256 }, (_, level) => ({ minimum: level, maximum: level, median: level }));
  const statistics = longest(levels, (level) => countTokens(describePixels(level)));
  const { name } = longest(DEPTH_CLASSES, (depthClass) => countTokens(depthClass.name));
  return adaptivePrompt(options, statistics, name);
}

function adaptivePrompt(
  { dataset = NYU_DATASET, task = NYU_TASK }: PromptOptions,
  statistics: PixelStatistics,
  depthClass: DepthClass,
): string {
  return betweenMarkers([
    `Dataset: ${sentence(dataset, 'dataset')}`,
    `Task: ${sentence(task, 'task')}`,
    describePixels(statistics),
    `Depth class: ${depthClass}.`,
  ]);
}

/** Names of scenes in datasets have underscores: `living_room`. */
function scenePrompt({ dataset = NYU_DATASET, task = NYU_TASK }: PromptOptions, scene = 'unknown'): string {
  return betweenMarkers([
    `Dataset: ${sentence(dataset, 'dataset')}`,
    `Task: ${sentence(task, 'task')}`,
    `Scene: ${sentence(scene.replaceAll('_', ' '), 'scene')}`,
  ]);
}

function describePixels({ minimum, maximum, median }: PixelStatistics): string {
  return `Pixel values from 0 to 255: minimum ${minimum}, maximum ${maximum}, median ${median}.`;
}

/** Joins the parts of a prompt with spaces and marks its beginning and end, which separates it from the image tokens. */
function betweenMarkers(parts: readonly string[]): string {
  return ['<prompt>', ...parts, '</prompt>'].join(' ');
}

/** A description as one sentence: single spaces, a mark at the end. */
function sentence(description: string, what: string): string {
  const words = description.trim().replace(/\s+/g, ' ');
  if (words === '') throw new TypeError(`The ${what} description is empty. Omit the option to use the default.`);
  return /[.!?]$/.test(words) ? words : `${words}.`;
}

function longest<Item>(items: readonly Item[], measure: (item: Item) => number): Item {
  const measures = items.map(measure);
  return items[measures.indexOf(Math.max(...measures))]!;
}
