import type { DepthClass, Prompt, PromptStyle } from '@llm-mde/prompts';
import type { ProjectedPrototypes } from '@llm-mde/reprogramming';
import type { RawImage } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import { type Work, withPauses } from '../pauses.js';
import type { LlmMde } from './llm-mde.js';
import { inputTensors, type ModelInputs, type PreparedImages, prepareImages } from './model-inputs.js';
import { resizeDepth } from './resize-depth.js';

export interface PredictOptions {
  /** Predict the mirrored image too and average: a little better for twice the time. @default false */
  testTimeFlip?: boolean;
  /** Read another prompt than the model was trained with: for seeing what the prompt does. @default the configuration's */
  promptStyle?: PromptStyle;
}

export interface Prediction {
  /** Metres, row by row from the top left, `width · height` values. */
  depth: Float32Array;
  /** The image's own. */
  width: number;
  height: number;
  /** The text that the language model read; empty where there is none. */
  prompt: string;
  /** The class that the prompt names; null where it names none. */
  class: DepthClass | null;
}

/** See `LlmMde.predict`. */
export async function predict(
  model: LlmMde,
  images: readonly RawImage[],
  { testTimeFlip = false, promptStyle }: PredictOptions,
): Promise<Prediction[]> {
  if (images.length === 0) return [];
  const preparing = withPauses(prepareImages(images, model, promptStyle));
  preparing.catch(() => {}); // Its turn reports it.
  // The turn is taken now: what is asked for later, such as a training step, comes later.
  const maps = await model.inTurn(async () => {
    const prepared = await preparing;
    const found: DepthMap[] = [];
    for (const part of model.compiler ? inParts(prepared) : [prepared]) {
      found.push(...(await depthMaps(model, part, testTimeFlip)));
    }
    return found;
  });
  return withPauses(predictions(images, maps, (await preparing).prompts));
}

/** The depth maps at the images' sizes. */
function* predictions(
  images: readonly RawImage[],
  maps: readonly DepthMap[],
  prompts: readonly Prompt[],
): Work<Prediction[]> {
  const results: Prediction[] = [];
  for (const [index, { width, height }] of images.entries()) {
    const { values, rows, columns } = maps[index]!;
    const { text, depthClass } = prompts[index]!;
    const depth = resizeDepth(values, rows, columns, height, width);
    results.push({ depth, width, height, prompt: text, class: depthClass });
    yield;
  }
  return results;
}

/** As the head's stages give it. */
interface DepthMap {
  values: Float32Array;
  rows: number;
  columns: number;
}

type Inputs = Omit<PreparedImages, 'prompts'>;

/** Batches of few sizes, since a graph is compiled for each. */
const BATCH_SIZES = [16, 8, 4, 2, 1];

function inParts({ pixelValues, inputIds, attentionMask }: PreparedImages): Inputs[] {
  const [count] = pixelValues.shape;
  const parts: Inputs[] = [];
  let start = 0;
  while (start < count) {
    const size = BATCH_SIZES.find((each) => each <= count - start)!;
    parts.push({
      pixelValues: slice(pixelValues, start, size),
      inputIds: inputIds && slice(inputIds, start, size),
      attentionMask: attentionMask && slice(attentionMask, start, size),
    });
    start += size;
  }
  return parts;
}

function slice<Part extends { data: Float32Array | Int32Array; shape: readonly number[] }>(
  { data, shape: [count, ...shape] }: Part,
  start: number,
  size: number,
): Part {
  const length = data.length / count!;
  return { data: data.subarray(start * length, (start + size) * length), shape: [size, ...shape] } as unknown as Part;
}

async function depthMaps(model: LlmMde, inputs: Inputs, testTimeFlip: boolean): Promise<DepthMap[]> {
  const maps = model.compiler
    ? await model.compiledPrediction!.run(inputs, { testTimeFlip })
    : tf.tidy(() => predictTensors(model, inputTensors(inputs), { testTimeFlip }));
  try {
    const [count, rows, columns] = maps.shape;
    const values = await maps.data<'float32'>();
    return Array.from({ length: count }, (_, index) => ({
      values: values.subarray(index * rows * columns, (index + 1) * rows * columns),
      rows,
      columns,
    }));
  } finally {
    maps.dispose();
  }
}

/**
 * The tensor part: a pure function of the inputs, for compilers.
 *
 * @param prototypes Keys and values of the prototypes. @default the model's own, which it keeps
 * @returns depth as the head's stages give it, [B,rows,columns].
 */
export function predictTensors(
  model: LlmMde,
  inputs: ModelInputs,
  { testTimeFlip, prototypes }: { testTimeFlip: boolean; prototypes?: ProjectedPrototypes },
): tf.Tensor3D {
  return inEvaluation(model, () => {
    const options = prototypes ? { prototypes } : {};
    const depth = model.forward(inputs, options);
    if (!testTimeFlip) return depth;
    const mirrored = model.forward({ ...inputs, pixelValues: tf.reverse(inputs.pixelValues, 2) }, options);
    return tf.div(tf.add(depth, tf.reverse(mirrored, 2)), 2);
  });
}

/** Without a pause in which somebody could change the model's mode. */
export function inEvaluation<T>(model: LlmMde, run: () => T): T {
  const wasTraining = model.training;
  model.eval();
  try {
    return run();
  } finally {
    model.train(wasTraining);
  }
}
