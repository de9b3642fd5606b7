import { bilinearResize } from '@llm-mde/nn';
import type { DepthClass } from '@llm-mde/prompts';
import type { RawImage } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import type { LlmMde } from './llm-mde.js';
import { inputTensors, type PreparedImages } from './model-inputs.js';

export interface PredictOptions {
  /** Predict the mirrored image too and average: a little better for twice the time. @default false */
  flipAverage?: boolean;
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
  { flipAverage = false }: PredictOptions,
): Promise<Prediction[]> {
  if (images.length === 0) return [];
  const prepared = model.prepareImages(images);
  const maps = depthMaps(model, prepared, images, flipAverage);
  try {
    return await Promise.all(
      maps.map(async (map, index) => {
        const { width, height } = images[index]!;
        const { text, depthClass } = prepared.prompts[index]!;
        const depth = (await map.data<'float32'>()).slice();
        return { depth, width, height, prompt: text, class: depthClass };
      }),
    );
  } finally {
    tf.dispose(maps);
  }
}

/** Everything on the device, without a pause in which somebody could change the model's mode. */
function depthMaps(
  model: LlmMde,
  prepared: PreparedImages,
  images: readonly RawImage[],
  flipAverage: boolean,
): tf.Tensor[] {
  const wasTraining = model.training;
  model.eval();
  try {
    return tf.tidy(() => {
      const inputs = inputTensors(prepared);
      let depth = model.forward(inputs);
      if (flipAverage) {
        const mirrored = model.forward({ ...inputs, pixelValues: tf.reverse(inputs.pixelValues, 2) });
        depth = tf.div(tf.add(depth, tf.reverse(mirrored, 2)), 2);
      }
      const [, rows, columns] = depth.shape;
      return images.map(({ width, height }, index) => {
        const map = tf.reshape(tf.slice(depth, [index, 0, 0], [1, rows, columns]), [1, rows, columns, 1]);
        return bilinearResize(map as tf.Tensor4D, [height, width]);
      });
    });
  } finally {
    model.train(wasTraining);
  }
}
