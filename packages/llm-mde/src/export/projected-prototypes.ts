import type { ProjectedPrototypes } from '@llm-mde/reprogramming';
import * as tf from '@tensorflow/tfjs-core';
import type { LlmMde } from '../model/llm-mde.js';
import { inEvaluation } from '../model/predict.js';

/** The prototypes' keys and values; compiled where the model is, since they are large products. The caller disposes them. */
export async function projectedPrototypes(model: LlmMde): Promise<ProjectedPrototypes> {
  const project = () =>
    inEvaluation(model, () => tf.tidy(() => ({ ...model.reprogramming.project(model.prototypes()) })));
  if (!model.compiler) return project();
  const compiled = model.compiler(project);
  try {
    return await compiled();
  } finally {
    await compiled.dispose();
  }
}
