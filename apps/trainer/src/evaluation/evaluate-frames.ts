import {
  type DepthErrors,
  DepthMetrics,
  type DepthMetricsSummary,
  evaluateDepth,
  METRIC_NAMES,
  minMaxNormalizedMetrics,
} from '@llm-mde/metrics';
import type { Frame, RgbdDataset } from '@llm-mde/rgbd';
import type { EvaluationConfiguration } from '../configuration/training-configuration.js';
import type { Predictor } from './predictor.js';

/** How one frame was predicted. */
export interface FrameResult {
  id: string;
  sceneType: string;
  /** By the metric protocol; no pixels where nothing could be compared. */
  errors: DepthErrors;
  /** The paper's variant: prediction and truth each stretched to [0, 1]. */
  minMax: DepthErrors;
}

/** What a model scores on some frames. */
export interface EvaluationResult {
  metrics: DepthMetricsSummary;
  minMax: DepthMetricsSummary;
  perSceneType: Record<string, DepthMetricsSummary>;
}

export interface EvaluateOptions extends EvaluationConfiguration {
  /** Threads that decode frames. @default 1 */
  workers?: number;
  /** Is given each frame and its prediction. */
  onFrame?: (frame: Frame, prediction: Float32Array, done: number) => void;
}

/**
 * Predicts frames in batches and compares them with their truth.
 *
 * @param batches ids, in the batches in which they are predicted: the last digits of a prediction can depend on its batch.
 * @returns a result for each frame that could be read, in the order of the ids.
 */
export async function evaluateFrames(
  predictor: Predictor,
  dataset: RgbdDataset,
  batches: readonly (readonly string[])[],
  { workers = 1, onFrame, ...protocol }: EvaluateOptions,
): Promise<FrameResult[]> {
  const ids = batches.flat();
  if (ids.length === 0) return [];
  const results: FrameResult[] = [];
  const batchSize = Math.max(...batches.map(({ length }) => length));
  for await (const { frames } of dataset.loader({ ids, batchSize, numWorkers: workers })) {
    const predictions = await predictor.predict(frames.map(({ image }) => image));
    frames.forEach((frame, index) => {
      const prediction = predictions[index]!;
      results.push(compareFrame(frame, prediction, protocol));
      onFrame?.(frame, prediction, results.length);
    });
  }
  return results;
}

/** How a prediction of a frame compares with its truth. */
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

/** Means over images, of all and of each scene type. */
export function summarize(results: readonly FrameResult[]): EvaluationResult {
  const mean = (frames: readonly FrameResult[], kind: 'errors' | 'minMax') => {
    const metrics = new DepthMetrics();
    for (const frame of frames) metrics.add(frame[kind]);
    return metrics.compute();
  };
  const types = [...new Set(results.map(({ sceneType }) => sceneType))].sort();
  return {
    metrics: mean(results, 'errors'),
    minMax: mean(results, 'minMax'),
    perSceneType: Object.fromEntries(
      types.map((type) => [
        type,
        mean(
          results.filter(({ sceneType }) => sceneType === type),
          'errors',
        ),
      ]),
    ),
  };
}

/** The metrics alone, for a log. */
export function metricsOnly(summary: DepthMetricsSummary): Record<(typeof METRIC_NAMES)[number], number> {
  return Object.fromEntries(METRIC_NAMES.map((name) => [name, summary[name]])) as Record<
    (typeof METRIC_NAMES)[number],
    number
  >;
}
