import {
  type DepthErrors,
  DepthMetrics,
  type DepthMetricsSummary,
  evaluateDepth,
  METRIC_NAMES,
  type MetricName,
  minMaxNormalizedMetrics,
} from '@llm-mde/metrics';
import type { Frame, RgbdDataset, RgbImage } from '@llm-mde/rgbd';
import type { LlmMde } from 'llm-mde';
import type { EvaluationConfiguration } from '../config/schema.js';

/** Predicts depth: metres for each image, at its own size. */
export type Predictor = (images: readonly RgbImage[]) => Promise<Float32Array[]>;

/**
 * A model as a predictor.
 *
 * @param batchSize smaller batches are padded to this size, so that a compiled model needs one graph only.
 */
export function modelPredictor(
  model: LlmMde,
  { testTimeFlip, batchSize }: { testTimeFlip: boolean; batchSize: number },
): Predictor {
  return async (images) => {
    const length = Math.max(batchSize, images.length);
    const filled = Array.from({ length }, (_, index) => images[index] ?? images[0]!);
    const predictions = await model.predict(filled, { testTimeFlip });
    return predictions.slice(0, images.length).map(({ depth }) => depth);
  };
}

/** The errors of one frame. */
export interface FrameResult {
  id: string;
  sceneType: string;
  /** By the evaluation protocol; with no pixels if nothing could be compared. */
  errors: DepthErrors;
  /** The paper's variant: prediction and ground truth each min-max normalized to [0, 1]. */
  minMax: DepthErrors;
}

/** The scores of a model on some frames. */
export interface EvaluationResult {
  metrics: DepthMetricsSummary;
  minMax: DepthMetricsSummary;
  perSceneType: Record<string, DepthMetricsSummary>;
}

export interface EvaluateOptions extends EvaluationConfiguration {
  /** Worker threads that decode frames. @default 1 */
  numWorkers?: number;
  /** Called with each frame and its prediction. */
  onFrame?: (frame: Frame, prediction: Float32Array, done: number) => void;
}

/**
 * Predicts frames in batches and compares them with their ground truth.
 *
 * @param batches ids in the batches in which they are predicted: the last digits of a prediction can depend on its batch.
 * @returns a result for each frame that could be read, in the order of the ids.
 */
export async function evaluateFrames(
  predictor: Predictor,
  dataset: RgbdDataset,
  batches: readonly (readonly string[])[],
  { numWorkers = 1, onFrame, ...protocol }: EvaluateOptions,
): Promise<FrameResult[]> {
  const ids = batches.flat();
  if (ids.length === 0) return [];
  const results: FrameResult[] = [];
  const batchSize = Math.max(...batches.map(({ length }) => length));
  for await (const { frames } of dataset.loader({ ids, batchSize, numWorkers })) {
    const predictions = await predictor(frames.map(({ image }) => image));
    frames.forEach((frame, index) => {
      const prediction = predictions[index]!;
      results.push(compareFrame(frame, prediction, protocol));
      onFrame?.(frame, prediction, results.length);
    });
  }
  return results;
}

/** Compares the prediction of a frame with its ground truth. */
export function compareFrame(
  { id, sceneType, image: { width, height }, depth, valid }: Frame,
  prediction: Float32Array,
  { minDepth, maxDepth, crop, alignment }: EvaluationConfiguration,
): FrameResult {
  return {
    id,
    sceneType,
    errors: evaluateDepth(prediction, depth, { width, height, minDepth, maxDepth, crop, alignment, mask: valid }),
    minMax: minMaxNormalizedMetrics(prediction, depth),
  };
}

/** Means over images, overall and per scene type. */
export function summarize(results: readonly FrameResult[]): EvaluationResult {
  const mean = (frames: readonly FrameResult[], kind: 'errors' | 'minMax') => {
    const metrics = new DepthMetrics();
    for (const frame of frames) metrics.add(frame[kind]);
    return metrics.compute();
  };
  const types = [...new Set(results.map(({ sceneType }) => sceneType))].sort();
  const ofType = (type: string) => results.filter(({ sceneType }) => sceneType === type);
  const perSceneType = Object.fromEntries(types.map((type) => [type, mean(ofType(type), 'errors')]));
  return { metrics: mean(results, 'errors'), minMax: mean(results, 'minMax'), perSceneType };
}

/** Only the metrics, for a log. */
export function metricsOnly(summary: DepthMetricsSummary): Record<MetricName, number> {
  return Object.fromEntries(METRIC_NAMES.map((name) => [name, summary[name]])) as Record<MetricName, number>;
}
