import { openDevice } from '@llm-mde/backend';
import { expectNoTensorsLeft } from '@llm-mde/tooling-vitest/testing/tensors';
import { expect, it } from 'vitest';
import { networkFiles } from '../files/save-network.js';
import { type LlmMde, memoryFiles } from '../index.js';
import { example, largestDifference, waves } from '../testing/patterns.js';
import { createModel, giveAdaptersValues, loadModel, smallConfiguration } from '../testing/small-model.js';

const images = [1, 2, 3, 4, 5, 6, 7].map((seed) => waves(seed, 20 + seed, 30));

/** A compiled model, and the same kernel by kernel. */
async function pair(): Promise<{ compiled: LlmMde; eager: () => Promise<LlmMde> }> {
  const { compile: compiler, compiles } = await openDevice();
  expect(compiles).toBe(true);
  const compiled = await createModel(smallConfiguration(), { compiler });
  giveAdaptersValues(compiled);
  return { compiled, eager: async () => loadModel(memoryFiles(await networkFiles(compiled.network))) };
}

it('equals what runs kernel by kernel, before and after training, with merged, disabled and enabled adapters', async () => {
  const { compiled, eager } = await pair();
  const check = async (change: (network: LlmMde['network']) => void = () => {}) => {
    const reference = await eager();
    for (const { network } of [compiled, reference]) change(network.eval());
    for (const options of [{}, { testTimeFlip: true }]) {
      const [actual, expected] = [
        await compiled.predict(images[0]!, options),
        await reference.predict(images[0]!, options),
      ];
      expect(largestDifference(actual.depth, expected.depth)).toBeLessThan(1e-4);
    }
    return (await compiled.predict(images[0]!)).depth;
  };
  const untrained = await check();
  await compiled.trainStep([example(1)], { learningRate: 0.02 });
  const trained = await check();
  expect(largestDifference(trained, untrained)).toBeGreaterThan(1e-2);
  const disabled = await check(({ adapters }) => adapters.vision!.disable());
  expect(largestDifference(trained, disabled)).toBeGreaterThan(1e-3);
  compiled.network.adapters.vision!.enable();
  await check(({ adapters }) => {
    for (const each of Object.values(adapters)) each.merge();
  });
  for (const each of Object.values(compiled.network.adapters)) each.unmerge();
  await compiled.trainStep([example(1)], { learningRate: 0.02 });
  await check();
  // Weights that graphs have as constants.
  const state = await compiled.network.vision.stateDict();
  for (const each of state.values()) each.data = each.data.map((value) => -value);
  await compiled.network.vision.loadStateDict(state);
  await check();
});

it('has all weights as constants where nothing is trained, and new ones where they have changed', async () => {
  const { compiled, eager } = await pair();
  const before = await compiled.predict(images[0]!);
  for (const part of ['head', 'reprogramming'] as const) {
    const state = await compiled.network[part].stateDict();
    for (const each of state.values()) each.data = each.data.map((value) => 0.7 * value);
    await compiled.network[part].loadStateDict(state);
    const actual = await compiled.predict(images[0]!);
    expect(largestDifference(actual.depth, before.depth)).toBeGreaterThan(1e-2);
    const expected = await (await eager()).predict(images[0]!);
    expect(largestDifference(actual.depth, expected.depth)).toBeLessThan(1e-4);
  }
});

it('takes calls that overlap each other and training, and batches of any size', async () => {
  const { compiled } = await pair();
  const alone = [];
  for (const image of images) alone.push(await compiled.predict(image));
  const together = await Promise.all(images.map((image) => compiled.predict(image)));
  expect(together).toEqual(alone);
  const batch = await compiled.predict(images);
  for (const [index, { depth, prompt }] of batch.entries()) {
    expect(prompt).toBe(alone[index]!.prompt);
    expect(largestDifference(depth, alone[index]!.depth)).toBeLessThan(1e-4);
  }
  const [before, , after] = await Promise.all([
    compiled.predict(images[0]!),
    compiled.trainStep([example(1)], { learningRate: 0.02 }),
    compiled.predict(images[0]!),
  ]);
  expect(before).toEqual(alone[0]);
  expect(after).toEqual(await compiled.predict(images[0]!));
  expect(largestDifference(after.depth, before.depth)).toBeGreaterThan(1e-2);
  // One that fails does not hold up the next.
  const failing = compiled.trainStep([]);
  const next = compiled.predict(images[0]!);
  await expect(failing).rejects.toThrow('A training step needs at least one image');
  expect(await next).toEqual(after);
});

it('leaves no tensors behind', async () => {
  const { compiled } = await pair();
  await expectNoTensorsLeft(async () => {
    await compiled.trainStep([example(1)]);
    await Promise.all([compiled.predict(images[0]!), compiled.predict(images.slice(0, 3), { testTimeFlip: true })]);
  });
});
