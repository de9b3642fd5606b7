import type { RgbImage } from '@llm-mde/rgbd';
import type { LlmMde } from 'llm-mde';

/** Anything that says how far things are. */
export interface Predictor {
  /** @returns metres for each image, at its own size. */
  predict(images: readonly RgbImage[]): Promise<Float32Array[]>;
}

/**
 * A model as a predictor.
 *
 * @param batchSize a batch with fewer images is filled up, so that a compiled model needs one graph.
 */
export function modelPredictor(
  model: LlmMde,
  { testTimeFlip, batchSize }: { testTimeFlip: boolean; batchSize: number },
): Predictor {
  return {
    async predict(images) {
      const filled = Array.from(
        { length: Math.max(batchSize, images.length) },
        (_, index) => images[index] ?? images[0]!,
      );
      const predictions = await model.predict(filled, { testTimeFlip });
      return predictions.slice(0, images.length).map(({ depth }) => depth);
    },
  };
}
