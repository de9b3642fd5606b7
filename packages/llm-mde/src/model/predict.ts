import type { DepthClass, PromptStyle } from '@llm-mde/prompts';
import type { ProjectedPrototypes } from '@llm-mde/reprogramming';
import type { RawImage } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import type { LlmMde } from './llm-mde.js';
import { inputTensors, type ModelInputs, type PreparedImages } from './model-inputs.js';
import { resizeDepth } from './resize-depth.js';

export interface PredictOptions {
  /** Predict the mirrored image too and average: a little better for twice the time. @default false */
  flipAverage?: boolean;
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

/** Predicts images as one batch; see `LlmMde.predict`. */
export async function predict(
  model: LlmMde,
  images: readonly RawImage[],
  { flipAverage = false, promptStyle }: PredictOptions,
): Promise<Prediction[]> {
  if (images.length === 0) return [];
  const prepared = model.prepareImages(images, promptStyle);
  const maps = await depthMaps(model, prepared, flipAverage);
  const [, rows, columns] = maps.shape;
  try {
    const values = await maps.data<'float32'>();
    return images.map(({ width, height }, index) => {
      const map = values.subarray(index * rows * columns, (index + 1) * rows * columns);
      const { text, depthClass } = prepared.prompts[index]!;
      return { depth: resizeDepth(map, rows, columns, height, width), width, height, prompt: text, class: depthClass };
    });
  } finally {
    maps.dispose();
  }
}

/** As the head's stages give them, [B,rows,columns]. */
async function depthMaps(model: LlmMde, prepared: PreparedImages, flipAverage: boolean): Promise<tf.Tensor3D> {
  const compiled = model.compiledPrediction;
  if (compiled) return compiled.run(prepared, { flipAverage });
  return inEvaluation(model, () => tf.tidy(() => predictTensors(model, inputTensors(prepared), { flipAverage })));
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
  { flipAverage, prototypes }: { flipAverage: boolean; prototypes?: ProjectedPrototypes },
): tf.Tensor3D {
  return inEvaluation(model, () => {
    const options = prototypes ? { prototypes } : {};
    const depth = model.forward(inputs, options);
    if (!flipAverage) return depth;
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
