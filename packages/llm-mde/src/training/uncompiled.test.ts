import { openDevice } from '@llm-mde/backend';
import { eager } from '@llm-mde/compile/eager';
import { expect, it } from 'vitest';
import { example } from '../testing/patterns.js';
import { createModel, smallConfiguration } from '../testing/small-model.js';

it.each([null, 1])(
  'a step that cannot be computed on the device cpu changes nothing, in parts of %s',
  async (parts) => {
    await openDevice({ device: 'cpu' });
    const small = { imageSize: 16, head: { channels: [8] }, optimization: { microBatchSize: parts } };
    const model = await createModel(smallConfiguration(small), { compiler: eager });
    const batch = [example(1, 20, 16), example(2, 20, 16)];
    const state = async () => ({ ...(await model.optimizerState()), network: await model.network.stateDict() });
    const before = await state();
    const { processor } = model;
    const tokenize = processor.tokenize.bind(processor);
    processor.tokenize = (texts) => {
      const tokens = tokenize(texts);
      tokens.inputIds.data.fill(99_999);
      return tokens;
    };
    await expect(model.trainStep(batch)).rejects.toThrow('idx=99999 must be within');
    expect(await state()).toEqual(before);
    processor.tokenize = tokenize;
    expect((await model.trainStep(batch)).step).toBe(1);
  },
);
