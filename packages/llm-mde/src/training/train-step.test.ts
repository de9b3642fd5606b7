import { compile } from '@llm-mde/compile';
import { describe, expect, it } from 'vitest';
import type { LlmMdeOptions } from '../configuration/configuration.js';
import { preset } from '../configuration/presets.js';
import type { LlmMde } from '../llm-mde.js';
import { example } from '../testing/patterns.js';
import { createModel, smallConfiguration } from '../testing/small-model.js';
import { NonFiniteLossError } from './training.js';

/** Small: eager on the device of this test run, compiled on ONNX Runtime on the CPU. */
async function create(kind: 'eager' | 'compiled', ...changes: LlmMdeOptions[]): Promise<LlmMde> {
  return createModel(smallConfiguration(...changes), { compiler: kind === 'compiled' ? compile : undefined });
}

async function losses(model: LlmMde, steps: readonly number[]): Promise<number[]> {
  const values = [];
  for (const step of steps) values.push((await model.trainStep([example(1 + (step % 3))])).loss);
  return values;
}

const range = (length: number) => Array.from({ length }, (_, index) => index);

describe('a compiled training step', () => {
  it('has the losses of the eager one', async () => {
    const { configuration } = preset('tiny').language;
    const withoutDropout: LlmMdeOptions = {
      language: { configuration: { ...configuration!, layerCount: 1, hiddenDropout: 0, attentionDropout: 0 } },
      reprogramming: { dropout: 0 },
      optimization: { learningRate: 1e-4 },
    };
    const eager = await losses(await create('eager', withoutDropout), range(3));
    const compiled = await losses(await create('compiled', withoutDropout), range(3));
    for (const [step, loss] of eager.entries()) {
      expect(Math.abs(compiled[step]! / loss - 1), `step ${step}: ${compiled[step]}, eager ${loss}`).toBeLessThan(1e-4);
    }
  });

  it('drops the same as the eager one, and resumes from a saved optimizer', async () => {
    const eager = await losses(await create('eager'), range(3));
    const compiled = await create('compiled');
    const first = await losses(compiled, [0]);
    const resumed = await create('compiled');
    await resumed.network.loadStateDict(await compiled.network.stateDict());
    resumed.loadOptimizerState(await compiled.optimizerState());
    const rest = await losses(resumed, [1, 2]);
    // Another mask would change a loss by percents.
    for (const [step, loss] of [...first, ...rest].entries())
      expect(loss / eager[step]!, `step ${step}`).toBeCloseTo(1, 3);
  });

  it.each([null, 1])('changes no weight where the loss is not a number, in parts of %s', async (microBatchSize) => {
    const model = await create('compiled', { optimization: { microBatchSize } });
    const batch = [example(1), example(2)];
    await model.trainStep(batch);
    const trained = [...model.network.trainableParameters().values()];
    const state = async () => {
      const { tensors, steps } = await model.optimizerState();
      const weights = await Promise.all(trained.map(({ variable }) => variable.data()));
      return { steps, weights: weights.map((values) => values.slice()), memory: [...tensors.values()] };
    };
    const before = await state();
    const bias = model.network.reprogramming.output.bias!;
    const right = (await bias.variable.data<'float32'>()).slice();
    bias.load(new Float32Array(right.length).fill(Number.NaN));
    const error = await model.trainStep(batch).catch((reason) => reason);
    expect(error).toBeInstanceOf(NonFiniteLossError);
    expect(error.ids).toEqual(['waves-1', 'waves-2']);
    bias.load(right);
    const after = await state();
    expect(after).toEqual(before);
  });
});
