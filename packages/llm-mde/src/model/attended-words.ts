import type { RawImage } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import type { LlmMde } from './llm-mde.js';

export interface AttendedWordsOptions {
  /** How many prototypes to list for each patch. @default 5 */
  prototypeCount?: number;
  /** How many words to list for each prototype. @default 5 */
  wordCount?: number;
}

export interface AttendedWords {
  /** The grid of patches. */
  rows: number;
  columns: number;
  /** For each patch, row by row from the top left, the prototypes it attends to, the most attended first; weights are means over the heads. */
  patches: { prototype: number; weight: number }[][];
  /** The words nearest to each prototype that occurs above, by the prototype's number. */
  words: Map<number, { word: string; similarity: number }[]>;
}

/** See `LlmMde.attendedWords`. */
export async function attendedWords(
  model: LlmMde,
  image: RawImage,
  { prototypeCount = 5, wordCount = 5 }: AttendedWordsOptions,
): Promise<AttendedWords> {
  const { patches, prototypes } = features(model, image);
  try {
    const [attended] = await model.reprogramming.attendedPrototypes(patches, { count: prototypeCount, prototypes });
    const occurring = [...new Set(attended!.flat().map(({ prototype }) => prototype))].sort((a, b) => a - b);
    const lists = await model.wordsOf(occurring, wordCount);
    const side = model.configuration.imageSize / model.vision.configuration.patchSize;
    return {
      rows: side,
      columns: side,
      patches: attended!,
      words: new Map(
        occurring.map((prototype, index) => [
          prototype,
          lists[index]!.map(({ word, similarity }) => ({ word, similarity })),
        ]),
      ),
    };
  } finally {
    tf.dispose([patches, prototypes]);
  }
}

function features(model: LlmMde, image: RawImage): { patches: tf.Tensor3D; prototypes: tf.Tensor2D } {
  const wasTraining = model.training;
  model.eval();
  try {
    return tf.tidy(() => ({
      patches: model.vision.forward(model.prepare(image).pixelValues).patches,
      prototypes: model.prototypes(),
    }));
  } finally {
    model.train(wasTraining);
  }
}
