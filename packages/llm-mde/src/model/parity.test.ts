import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onDevice } from '../../../../tooling/parity/tower-goldens.mjs';
import { loadTinyModel, pythonName, readTinyModelGoldens } from '../testing/tiny-model.js';
import type { AdamWStep } from '../training/adamw.js';
import { clipGradients } from '../training/gradients.js';
import { trainingLoss } from '../training/training-step.js';
import type { ModelInputs } from './model-inputs.js';

describe('the whole model equals PyTorch', () => {
  it('in its depth', async () => {
    const model = await loadTinyModel();
    const goldens = await readTinyModelGoldens();
    const { inputs, truth } = await goldens.batch(0);
    const predict = await onDevice((given: ModelInputs) => model.forward(given, { prototypes: model.prototypes() }));
    await expectClose(await predict(inputs), await goldens.tensor('depth.evaluation'), 'depth');
    model.train();
    const [, height, width] = truth.shape;
    const forward = await onDevice((given: ModelInputs) => model.forward(given, { size: [height, width] }));
    await expectClose(await forward(inputs), await goldens.tensor('depth.training'), 'depth in training');
    await Promise.all([predict.dispose(), forward.dispose()]);
    model.dispose();
  });

  it('in its loss and the gradient of every trainable parameter', async () => {
    const model = (await loadTinyModel()).train();
    const goldens = await readTinyModelGoldens();
    const { inputs, truth, valid } = await goldens.batch(0);
    const parameters = model.trainableParameters();
    // Two factors in the query and value of three layers of the ViT, and in the query, key and value of three of BERT.
    expect([...parameters.keys()].filter((name) => name.includes('_adapter.')).length).toBe(2 * 2 * 3 + 3 * 2 * 3);
    const run = await onDevice((given: ModelInputs, depth: tf.Tensor3D, known: tf.Tensor3D) =>
      tf.variableGrads(() => trainingLoss(model, given, depth, known), model.trainableVariables()),
    );
    const { value, grads } = await run(inputs, truth, valid);
    await run.dispose();
    expect(Math.abs((await value.data())[0]! / goldens.loss - 1)).toBeLessThan(1e-3);
    const largestOfAll = 1e-2;
    for (const [name, parameter] of parameters) {
      const gradient = parameter.inStateOrder(grads[parameter.variable.name]!);
      const golden = await goldens.tensor(`grad.${pythonName(name)}`);
      // Keys' biases cannot change a softmax: what their gradient should be is rounding.
      const vanishes = name === 'reprogramming.key_projection.bias';
      await expectClose(gradient, golden, `gradient of ${name}`, vanishes ? largestOfAll : undefined);
    }
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

/** To 1e-3 of the largest value. */
async function expectClose(
  actual: tf.Tensor,
  golden: { shape: readonly number[]; values: ArrayLike<number> },
  what: string,
  scale = Math.max(...Array.from(golden.values, Math.abs)),
): Promise<void> {
  expect(actual.shape, what).toEqual(golden.shape);
  const values = await actual.data();
  let worst = 0;
  for (let index = 0; index < values.length; index++) {
    const difference = Math.abs(values[index]! - golden.values[index]!);
    if (!(difference <= worst)) worst = difference;
  }
  expect(worst / scale, what).toBeLessThan(1e-3);
}
