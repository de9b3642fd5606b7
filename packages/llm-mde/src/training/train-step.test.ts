import { compile } from '@llm-mde/compile';
import type { LoraAdapters } from '@llm-mde/lora';
import { Parameter } from '@llm-mde/nn';
import { describe, expect, it, vi } from 'vitest';
import type { LlmMdeOptions } from '../configuration/configuration.js';
import { preset } from '../configuration/presets.js';
import type { LlmMde } from '../llm-mde.js';
import { example } from '../testing/patterns.js';
import { createModel, giveAdaptersValues, smallConfiguration } from '../testing/small-model.js';
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
    await resumed.loadOptimizerState(await compiled.optimizerState());
    const rest = await losses(resumed, [1, 2]);
    // Another mask would change a loss by percents.
    for (const [step, loss] of [...first, ...rest].entries())
      expect(loss / eager[step]!, `step ${step}`).toBeCloseTo(1, 3);
  });

  it('computes with frozen weights in 8 bits where it is asked to, to about the same losses and gradients', async () => {
    const run = async (...changes: LlmMdeOptions[]) => {
      const model = await create('compiled', { optimization: { learningRate: 1e-4 } }, ...changes);
      const results = [];
      for (const step of range(3)) results.push(await model.trainStep([example(1 + step)]));
      return results;
    };
    const exact = await run();
    const quantized = await run({ optimization: { precision: 'int8-frozen' } });
    for (const [step, { loss, gradientNorm }] of exact.entries()) {
      expect(quantized[step]!.loss, `step ${step}`).not.toBe(loss);
      expect(Math.abs(quantized[step]!.loss / loss - 1), `step ${step}`).toBeLessThan(0.02);
      expect(Math.abs(quantized[step]!.gradientNorm / gradientNorm - 1), `step ${step}`).toBeLessThan(0.05);
    }
    const eager = await create('eager', { optimization: { precision: 'int8-frozen' } });
    await expect(eager.trainStep([example(1)])).rejects.toThrow('models that run as compiled graphs on the processor');
  });

  it.each([null, 1])('changes no weight where the loss is not a number, in parts of %s', async (microBatchSize) => {
    const model = await create('compiled', { optimization: { microBatchSize } });
    const batch = [example(1), example(2)];
    await model.trainStep(batch);
    const state = async () => ({ ...(await model.optimizerState()), network: await model.network.stateDict() });
    const before = await state();
    const bias = model.network.reprogramming.output.bias!;
    const right = (await bias.variable.data<'float32'>()).slice();
    bias.load(new Float32Array(right.length).fill(Number.NaN));
    const error = await model.trainStep(batch).catch((reason) => reason);
    expect(error).toBeInstanceOf(NonFiniteLossError);
    expect(error.ids).toEqual(['waves-1', 'waves-2']);
    bias.load(right);
    expect(await state()).toEqual(before);
    // Nor are later steps affected.
    expect((await model.trainStep(batch)).step).toBe(2);
  });

  it('obeys the adapters: disabled, exchanged, merged', async () => {
    const models = [await create('eager'), await create('compiled')];
    const expectSameLoss = async (change: (adapters: LoraAdapters) => void) => {
      const losses = [];
      for (const model of models) {
        change(model.network.adapters.vision!);
        losses.push((await model.trainStep([example(1)])).loss);
      }
      expect(losses[1]! / losses[0]!).toBeCloseTo(1, 3);
      return losses[1]!;
    };
    for (const model of models) giveAdaptersValues(model);
    const enabled = await expectSameLoss(() => {});
    expect(Math.abs(enabled - (await expectSameLoss((adapters) => adapters.disable())))).toBeGreaterThan(1e-3);
    await expectSameLoss((adapters) => adapters.enable());
    await expectSameLoss((adapters) => {
      adapters.addAdapter('other', { rank: 2 });
      adapters.setAdapter('other');
    });
    await expectSameLoss((adapters) => adapters.setAdapter('default'));
    for (const model of models) {
      model.network.eval();
      model.network.adapters.vision!.merge();
      await expect(model.trainStep([example(1)])).rejects.toThrow('are merged into its weight and cannot be trained');
    }
  });
});

it.each([null, 1])('a step that fails anywhere changes nothing, in parts of %s', async (microBatchSize) => {
  const model = await create('eager', { optimization: { microBatchSize } });
  const batch = [example(1), example(2)];
  await model.trainStep(batch);
  const state = async () => ({ ...(await model.optimizerState()), network: await model.network.stateDict() });
  const before = await state();
  const original = Parameter.prototype.assign;
  const assign = vi.spyOn(Parameter.prototype, 'assign');
  for (const allowed of [1, 8, 20, 60]) {
    let calls = 0;
    assign.mockImplementation(function (this: Parameter, tensor) {
      if (calls++ === allowed) throw new Error('out of memory');
      return original.call(this, tensor);
    });
    await expect(model.trainStep(batch)).rejects.toThrow('out of memory');
  }
  assign.mockRestore();
  expect(await state()).toEqual(before);
});
