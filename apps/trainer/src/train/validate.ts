import type { MetricName } from '@llm-mde/metrics';
import { atDepthSize, depthSizeOf, type Frame } from '@llm-mde/rgbd';
import * as tf from '@tensorflow/tfjs-core';
import { type LlmMde, type ScaleInvariantLossOptions, scaleInvariantLoss } from 'llm-mde';
import type { TrainingConfiguration } from '../config/schema.js';
import type { OpenDataset } from '../data/open.js';
import { evaluateModel, metricsOnly, summarize } from '../evaluate/evaluate-frames.js';

/** The loss of a model on the validation frames, and its metrics by the evaluation protocol of the configuration. */
export async function validate(
  model: LlmMde,
  { dataset, validation }: OpenDataset,
  configuration: TrainingConfiguration,
): Promise<{ loss: number; metrics: Record<MetricName, number> }> {
  let sum = 0;
  const results = await evaluateModel(model, dataset, validation, {
    ...configuration.evaluation,
    testTimeFlip: false,
    numWorkers: configuration.data.numWorkers,
    onFrame(frame, prediction) {
      sum += frameLoss(frame, prediction, configuration.model.loss);
    },
  });
  return { loss: sum / results.length, metrics: metricsOnly(summarize(results).metrics) };
}

function frameLoss(frame: Frame, prediction: Float32Array, options: ScaleInvariantLossOptions): number {
  const { depth, valid } = frame;
  const { width, height } = depthSizeOf(frame);
  return tf.tidy(() => {
    const map = (values: Float32Array) => tf.tensor3d(values, [1, height, width]);
    const loss = scaleInvariantLoss(
      map(atDepthSize(prediction, frame)),
      map(depth),
      map(Float32Array.from(valid)),
      options,
    );
    return loss.dataSync()[0]!;
  });
}
