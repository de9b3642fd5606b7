import {
  alignScaleShiftDisparity,
  type DepthErrors,
  DepthMetrics,
  type DepthMetricsSummary,
  evaluateDepth,
  METRIC_NAMES,
  type MetricName,
  minMaxNormalizedMetrics,
  validMask,
} from '@llm-mde/metrics';
import { atDepthSize, depthSizeOf, type Frame, type RgbdDataset } from '@llm-mde/rgbd';
import type { DepthUnit } from '@llm-mde/teachers';
import type { EvaluationConfiguration } from '../config/schema.js';
import { cameraImage, type KnownOfImage } from '../data/training-examples.js';
import type { PredictingModel } from '../models/predicting-model.js';
import { inBatches } from '../run/shard.js';

/** Predicts depth: metres, or what the model's unit says, for each place of a batch, at the size of its image. A place without a frame gives anything. */
export type Predictor = (frames: readonly (KnownOfImage | undefined)[]) => Promise<Float32Array[]>;

/**
 * A model as a predictor.
 *
 * @param batchSize smaller batches are padded to this size, so that a compiled model needs one graph only; so are empty places.
 */
export function modelPredictor(
  model: PredictingModel,
  { testTimeFlip, batchSize }: { testTimeFlip: boolean; batchSize: number },
): Predictor {
  return async (frames) => {
    const length = Math.max(batchSize, frames.length);
    const filling = frames.find((frame) => frame)!;
    const filled = Array.from({ length }, (_, index) => cameraImage(frames[index] ?? filling));
    const predictions = await model.predict(filled, { testTimeFlip });
    return predictions.slice(0, frames.length).map(({ depth }) => depth);
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
  /** Of the predictions; relative ones are aligned, whatever the alignment says. @default 'metre' */
  unit?: DepthUnit;
  /** Worker threads that decode frames. @default 1 */
  numWorkers?: number;
  /** Called with each frame and its prediction. */
  onFrame?: (frame: Frame, prediction: Float32Array, done: number) => void;
}

/**
 * Predicts frames in batches and compares them with their ground truth.
 *
 * @param batches ids in the batches in which they are predicted: the last digits of a prediction can depend on its place in the batch, which it
 *   keeps where another frame cannot be read.
 * @returns a result for each frame that could be read, in the order of the ids.
 */
export async function evaluateFrames(
  predictor: Predictor,
  dataset: RgbdDataset,
  batches: readonly (readonly string[])[],
  { numWorkers = 1, onFrame, ...protocol }: EvaluateOptions,
): Promise<FrameResult[]> {
  const places = batches.flatMap((ids, batch) => ids.map((id, position) => ({ id, batch, position })));
  if (places.length === 0) return [];
  const results: FrameResult[] = [];
  let current: (Frame | undefined)[] = [];
  const predict = async () => {
    if (current.length === 0) return;
    const predictions = await predictor(Array.from(current));
    for (const [position, frame] of current.entries()) {
      if (!frame) continue;
      results.push(compareFrame(frame, predictions[position]!, protocol));
      onFrame?.(frame, predictions[position]!, results.length);
    }
    current = [];
  };
  const ids = places.map(({ id }) => id);
  const prefetchFactor = Math.max(...batches.map(({ length }) => length));
  let last = -1;
  for await (const { frames } of dataset.loader({ ids, batchSize: 1, prefetchFactor, numWorkers })) {
    const place = ids.indexOf(frames[0]!.id, last + 1);
    if (places[place]!.batch !== places[last]?.batch) await predict();
    current[places[place]!.position] = frames[0]!;
    last = place;
  }
  await predict();
  return results;
}

/** Predicts frames by a model, in batches of the protocol's size, and compares them with their ground truth. */
export function evaluateModel(
  model: PredictingModel,
  dataset: RgbdDataset,
  ids: readonly string[],
  options: EvaluateOptions,
): Promise<FrameResult[]> {
  return evaluateFrames(modelPredictor(model, options), dataset, inBatches(ids, options.batchSize), options);
}

/** Compares the prediction of a frame, which has the size of its image, with its ground truth, pixel by pixel of that. */
export function compareFrame(
  frame: Frame,
  prediction: Float32Array,
  { minDepth, maxDepth, crop, alignment, unit }: EvaluationConfiguration & { unit?: DepthUnit },
): FrameResult {
  const { id, sceneType, depth, valid } = frame;
  const pixels = { ...depthSizeOf(frame), minDepth, maxDepth, crop };
  const predicted = atDepthSize(prediction, frame);
  if (unit === 'relative') {
    const within = validMask(depth, pixels).map((isWithin, pixel) => isWithin && valid[pixel]!);
    // Not a number where there is nothing to align with.
    const aligned = alignScaleShiftDisparity(predicted, depth, within, maxDepth).depth.map((metres) => metres || 0);
    const errors = evaluateDepth(aligned, depth, { ...pixels, alignment: 'none', mask: valid });
    return { id, sceneType, errors, minMax: minMaxNormalizedMetrics(aligned, depth) };
  }
  // Alignment in disparity takes disparities, and the model predicts depth.
  const compared = alignment === 'disparity' ? predicted.map((metres) => 1 / Math.max(metres, minDepth)) : predicted;
  return {
    id,
    sceneType,
    errors: evaluateDepth(compared, depth, { ...pixels, alignment, mask: valid }),
    minMax: minMaxNormalizedMetrics(predicted, depth),
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
