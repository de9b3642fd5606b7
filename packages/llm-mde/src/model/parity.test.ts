import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onDevice } from '../../../../tooling/parity/on-device.mjs';
import { compareDepth, compareGradients, MODEL_TOLERANCE, type ModelRow } from '../testing/model-goldens.js';
import { loadTinyModel, readTinyModelGoldens } from '../testing/tiny-model.js';
import type { AdamWStep } from '../training/adamw.js';
import { clipGradients } from '../training/gradients.js';
import { trainingLoss } from '../training/training-step.js';

describe('the whole model equals PyTorch', () => {
  it('in its depth', async () => {
    const model = await loadTinyModel();
    expectClose(await compareDepth(model, await readTinyModelGoldens(), onDevice));
    model.dispose();
  });

  it('in its loss and the gradient of every trainable parameter', async () => {
    const model = await loadTinyModel();
    // Two factors in the query and value of three layers of the ViT, and in the query, key and value of three of BERT.
    const adapters = [...model.trainableParameters().keys()].filter((name) => name.includes('_adapter.'));
    expect(adapters.length).toBe(2 * 2 * 3 + 3 * 2 * 3);
    expectClose(await compareGradients(model, await readTinyModelGoldens(), onDevice));
    model.dispose();
  });

  it('in the losses of up to 20 steps of AdamW', async () => {
    const model = (await loadTinyModel()).train();
    const goldens = await readTinyModelGoldens();
    const batches = [await goldens.batch(0), await goldens.batch(1)];
    const run = await onDevice((batch: (typeof batches)[number], step: AdamWStep) =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          () => trainingLoss(model, batch.inputs, batch.truth, batch.valid),
          model.trainableVariables(),
        );
        const { gradients, norm } = clipGradients(grads, 1);
        model.optimizer.update(gradients, step);
        return { loss: value, norm };
      }),
    );
    // A step takes seconds on WebGPU without a GPU; compiled, it is the same graph in each.
    const isSlow = process.env.LLM_MDE_DEVICE === 'webgpu' && process.env.LLM_MDE_COMPILED;
    for (const [step, golden] of goldens.losses.slice(0, isSlow ? 4 : undefined).entries()) {
      const { inputs, truth, valid } = batches[step % 2]!;
      const { loss: value } = await run(
        { inputs, truth, valid },
        scalars(model.optimizer.nextStep(goldens.learningRate)),
      );
      model.optimizer.countStep();
      const loss = (await value.data())[0]!;
      expect(Math.abs(loss / golden - 1), `step ${step}: ${loss} where PyTorch has ${golden}`).toBeLessThan(0.01);
      value.dispose();
    }
    await run.dispose();
    model.dispose();
  }, 600_000);
});

function scalars(numbers: Record<keyof AdamWStep, number>): AdamWStep {
  const { learningRate, meanCorrection, squareCorrection } = numbers;
  return {
    learningRate: tf.scalar(learningRate),
    meanCorrection: tf.scalar(meanCorrection),
    squareCorrection: tf.scalar(squareCorrection),
  };
}

function expectClose(rows: readonly ModelRow[]): void {
  for (const { quantity, error } of rows) expect(error, quantity).toBeLessThan(MODEL_TOLERANCE);
}
