import type { DepthClass, Prompt, PromptStyle } from '@llm-mde/prompts';
import { type CameraImage, cameraOf, type UsedCamera } from '../inputs/camera.js';
import type { ModelRuntime } from '../inputs/model-runtime.js';
import { nextTurn } from '../inputs/next-turn.js';
import type { InputArrays } from '../inputs/processor.js';
import type { Predictor } from './predictor.js';
import { resizeDepth } from './resize-depth.js';

export interface PredictOptions {
  /** Predict the mirrored image too and average: slightly better for twice the time. @default false */
  testTimeFlip?: boolean;
  /** Use another prompt than the model was trained with, to see what the prompt does. @default the configuration's */
  promptStyle?: PromptStyle;
}

export interface Prediction {
  /** Metres, row by row from the top left, `width · height` values. */
  depth: Float32Array;
  /** The image's own. */
  width: number;
  height: number;
  /** The prompt that the language model was given; empty if there is none. */
  prompt: string;
  /** The class that the prompt names; null if it names none. */
  class: DepthClass | null;
  /** The camera that the metres rest on; null if the model knows no camera. */
  camera: UsedCamera | null;
}

/**
 * See `LlmMde.predict`.
 *
 * @param predictor Gives what predicts at the moment when the turn has come.
 */
export async function predict(
  model: Pick<ModelRuntime, 'network' | 'processor' | 'runExclusive'>,
  predictor: () => Promise<Predictor>,
  images: readonly CameraImage[],
  { testTimeFlip = false, promptStyle }: PredictOptions,
): Promise<Prediction[]> {
  const [first, ...others] = chunksOf(images);
  if (!first) return [];
  const prepare = (chunk: readonly CameraImage[]) => model.processor.prepare(chunk, promptStyle);
  const preparing = prepare(first);
  preparing.catch(() => {}); // Its turn reports it.
  const maps: DepthMap[] = [];
  // The turn is taken now: what is asked for later, such as a training step, comes later.
  await model.runExclusive(async () => {
    for (const next of [() => preparing, ...others.map((chunk) => () => prepare(chunk))]) {
      const { inputs, prompts } = await next();
      maps.push(...(await depthMaps(await predictor(), inputs, prompts, testTimeFlip)));
    }
  });
  const predictions: Prediction[] = [];
  for (const [index, image] of images.entries()) {
    const { width, height } = image;
    const { values, rows, columns, prompt } = maps[index]!;
    const depth = resizeDepth(values, rows, columns, height, width);
    const camera = model.network.configuration.camera ? cameraOf(image) : null;
    predictions.push({ depth, width, height, prompt: prompt.text, class: prompt.depthClass, camera });
    await nextTurn();
  }
  return predictions;
}

/** Batches of few sizes, since a graph is compiled for each. */
const BATCH_SIZES = [16, 8, 4, 2, 1];

function chunksOf(images: readonly CameraImage[]): CameraImage[][] {
  const chunks: CameraImage[][] = [];
  for (let start = 0; start < images.length; start += chunks.at(-1)!.length) {
    const size = BATCH_SIZES.find((each) => each <= images.length - start)!;
    chunks.push(images.slice(start, start + size));
  }
  return chunks;
}

/** The head's output for one image. */
interface DepthMap {
  values: Float32Array;
  rows: number;
  columns: number;
  prompt: Prompt;
}

async function depthMaps(
  predictor: Predictor,
  inputs: InputArrays,
  prompts: readonly Prompt[],
  testTimeFlip: boolean,
): Promise<DepthMap[]> {
  const maps = await predictor.run(inputs, { testTimeFlip });
  try {
    const [, rows, columns] = maps.shape;
    const values = await maps.data<'float32'>();
    return prompts.map((prompt, index) => ({
      values: values.subarray(index * rows * columns, (index + 1) * rows * columns),
      rows,
      columns,
      prompt,
    }));
  } finally {
    maps.dispose();
  }
}
