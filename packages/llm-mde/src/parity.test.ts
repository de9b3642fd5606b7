import { openDevice } from '@llm-mde/backend';
import { eager } from '@llm-mde/compile/eager';
import { describe, expect, it } from 'vitest';
import { onDevice } from '../../../tooling/parity/tower-goldens.mjs';
import { compareDepth, compareGradients, MODEL_TOLERANCE, type ModelRow } from './testing/model-goldens.js';
import { loadTinyModel, readTinyModelGoldens } from './testing/tiny-model.js';
import { TrainStep } from './training/train-step.js';
import { createOptimizer } from './training/training.js';

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

  it('in the losses of steps of AdamW', async () => {
    const network = (await loadTinyModel()).train();
    const goldens = await readTinyModelGoldens();
    const batches = [await goldens.batch(0), await goldens.batch(1)];
    const optimizer = createOptimizer(network);
    const compiler = process.env.LLM_MDE_COMPILED ? (await openDevice()).compile : eager;
    const step = new TrainStep(network, optimizer, compiler);
    // The goldens have 20 steps; one is like the other.
    for (const [index, golden] of goldens.losses.slice(0, 4).entries()) {
      const batch = { ...batches[index % 2]!, weight: 1, dropoutSeed: 0 };
      const { loss } = await step.run([batch], goldens.learningRate);
      expect(Math.abs(loss / golden - 1), `step ${index}: ${loss}, PyTorch ${golden}`).toBeLessThan(0.01);
    }
    await step.dispose();
    for (const each of [optimizer, network]) each.dispose();
  });
});

function expectClose(rows: readonly ModelRow[]): void {
  for (const { quantity, error } of rows) expect(error, quantity).toBeLessThan(MODEL_TOLERANCE);
}
