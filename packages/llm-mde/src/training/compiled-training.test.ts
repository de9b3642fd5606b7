import { compile } from '@llm-mde/compile';
import { afterEach, describe, expect, it } from 'vitest';
import type { Compiler } from '../compiler.js';
import { configure, type LlmMdeOptions, preset } from '../configuration.js';
import { LlmMde } from '../model/llm-mde.js';
import { example } from '../testing/patterns.js';
import { NonFiniteLossError } from './training-step.js';

const models: LlmMde[] = [];

/** The preset `tiny` at 32 pixels: eager on the device of this test run, compiled on ONNX Runtime on the processor. */
async function create(kind: 'eager' | 'compiled', ...changes: LlmMdeOptions[]): Promise<LlmMde> {
  const model = await LlmMde.create(configure(preset('tiny'), { imageSize: 32 }, ...changes), {
    compiler: kind === 'compiled' ? (compile as unknown as Compiler) : undefined,
  });
  models.push(model);
  return model;
}

afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

async function losses(model: LlmMde, steps: readonly number[]): Promise<number[]> {
  const values = [];
  for (const step of steps) values.push((await model.trainStep([example(1 + (step % 3))])).loss);
  return values;
}

const range = (length: number) => Array.from({ length }, (_, index) => index);

// SwiftShader takes minutes for the eager steps.
describe.skipIf(process.env.LLM_MDE_DEVICE === 'webgpu')('a compiled training step', () => {
  it('has the losses of the eager one over 50 steps', async () => {
    const { configuration } = preset('tiny').language;
    const withoutDropout: LlmMdeOptions = {
      language: { configuration: { ...configuration!, hiddenDropout: 0, attentionDropout: 0 } },
      reprogramming: { dropout: 0 },
      // At twice the rate the loss goes up and down, and roundings grow to a thousandth of it.
      optimization: { learningRate: 1e-4 },
    };
    const eager = await losses(await create('eager', withoutDropout), range(50));
    const compiled = await losses(await create('compiled', withoutDropout), range(50));
    for (const [step, loss] of eager.entries()) {
      expect(Math.abs(compiled[step]! / loss - 1), `step ${step}: ${compiled[step]}, eager ${loss}`).toBeLessThan(1e-4);
    }
    expect(eager.at(-1)).toBeLessThan(eager[0]! / 2);
  });

  it('drops the same as the eager one, and goes on so from a saved optimizer', async () => {
    const eager = await losses(await create('eager'), range(3));
    const compiled = await create('compiled');
    const first = await losses(compiled, [0]);
    const resumed = await create('compiled');
    await resumed.loadStateDict(await compiled.stateDict());
    for (const name of ['vision', 'language'] as const) {
      await resumed.adapters[name]!.loadStateDict(await compiled.adapters[name]!.stateDict());
    }
    resumed.optimizer.loadState(await compiled.optimizer.state());
    const rest = await losses(resumed, [1, 2]);
    // Another mask would change a loss by percents.
    for (const [step, loss] of [...first, ...rest].entries())
      expect(loss / eager[step]!, `step ${step}`).toBeCloseTo(1, 3);
  });

  it.each([null, 1])('changes no weight where the loss is not a number, in parts of %s', async (microBatchSize) => {
    const model = await create('compiled', { optimization: { microBatchSize } });
    const batch = [example(1), example(2)];
    await model.trainStep(batch);
    const trained = [...model.trainableParameters().values()];
    const state = async () => {
      const { tensors, steps } = await model.optimizer.state();
      const weights = await Promise.all(trained.map(({ variable }) => variable.data()));
      return { steps, weights: weights.map((values) => values.slice()), memory: [...tensors.values()] };
    };
    const before = await state();
    const bias = model.reprogramming.output.bias!;
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
