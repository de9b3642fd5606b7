import { manualSeed } from '@llm-mde/nn';
import { expectNoTensorsLeft, largestDifference } from '@llm-mde/tooling-vitest/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { attachLora } from './attach-lora.js';
import type { LoraAdapters } from './lora-adapters.js';
import { exampleInput, randomizeAdapter, TwoLayers } from './testing/two-layers.js';

let base: TwoLayers;
let adapters: LoraAdapters;
let x: tf.Tensor;
let plain: tf.Tensor;
beforeEach(() => {
  manualSeed(3);
  base = new TwoLayers().eval();
  x = exampleInput();
  plain = base.forward(x);
  adapters = attachLora(base, { rank: 2, alpha: 4, targetModules: ['query', 'value'] });
  randomizeAdapter(adapters);
});

describe('merge', () => {
  it('computes the same, and costs nothing', async () => {
    const adapted = base.forward(x);
    const kernels = await countKernels(() => base.forward(x));
    adapters.merge();
    expect(adapters.merged).toBe(true);
    expect(await largestDifference(base.forward(x), adapted)).toBeLessThan(1e-5);
    expect(await largestDifference(base.forward(x), plain)).toBeGreaterThan(0.1);
    const merged = await countKernels(() => base.forward(x));
    adapters.unmerge();
    adapters.disable();
    expect(merged).toBe(await countKernels(() => base.forward(x)));
    expect(merged).toBeLessThan(kernels);
  });

  it('is undone bit for bit, without losing a tensor', async () => {
    const before = await base.stateDict();
    await expectNoTensorsLeft(async () => {
      adapters.merge();
      expect(await base.stateDict()).not.toEqual(before);
      adapters.unmerge();
    });
    adapters.unmerge();
    expect(await base.stateDict()).toEqual(before);
  });

  it('works where the base is trainable', async () => {
    base.unfreeze();
    const before = await base.stateDict();
    const adapted = base.forward(x);
    adapters.merge();
    expect(await largestDifference(base.forward(x), adapted)).toBeLessThan(1e-5);
    adapters.unmerge();
    expect(await base.stateDict()).toEqual(before);
  });

  it('adds all active adapters', async () => {
    adapters.addAdapter('second', { rank: 1, targetModules: ['output', 'query'] });
    randomizeAdapter(adapters, 'second', 40);
    adapters.setAdapter(['default', 'second']);
    const adapted = base.forward(x);
    adapters.merge();
    expect(await largestDifference(base.forward(x), adapted)).toBeLessThan(1e-5);
  });

  it('is refused in training mode, and refuses training', () => {
    base.train();
    expect(() => adapters.merge()).toThrow(
      'attention.query is in training mode, and merged adapters cannot be trained: call eval() before merge().',
    );
    expect(adapters.merged).toBe(false);
    base.eval();
    adapters.merge();
    base.train();
    expect(() => base.forward(x)).toThrow(
      'The adapters of attention.query are merged into its weight and cannot be trained',
    );
  });

  it.each<[string, (merged: LoraAdapters) => void]>([
    ['merge again', (merged) => merged.merge()],
    ['disable the adapters', (merged) => merged.disable()],
    ['change the active adapters', (merged) => merged.setAdapter('default')],
    ['add an adapter', (merged) => merged.addAdapter('other', { targetModules: ['query'] })],
    ['delete an adapter', (merged) => merged.deleteAdapter('default')],
  ])('refuses to %s while merged', (what, act) => {
    adapters.merge();
    expect(() => act(adapters)).toThrow(`Cannot ${what} while the adapters are merged: call unmerge() first.`);
  });
});

describe('several adapters', () => {
  beforeEach(() => {
    adapters.addAdapter('second', { rank: 1, alpha: 2, targetModules: ['query', 'output'] });
    randomizeAdapter(adapters, 'second', 40);
  });

  it('take turns', async () => {
    const first = base.forward(x);
    expect(adapters.activeAdapters).toEqual(['default']);
    adapters.setAdapter('second');
    const second = base.forward(x);
    expect(await largestDifference(first, second)).toBeGreaterThan(0.1);
    adapters.setAdapter('default');
    expect(await largestDifference(base.forward(x), first)).toBe(0);
    expect(adapters.adapterNames).toEqual(['default', 'second']);
    expect(adapters.configuration('second')).toEqual({ rank: 1, alpha: 2, dropout: 0, rankStabilized: false });
  });

  it('add up', async () => {
    const rows = x as tf.Tensor2D;
    adapters.setAdapter('default');
    const one = base.query.forward(rows);
    adapters.setAdapter('second');
    const other = base.query.forward(rows);
    adapters.setAdapter(['default', 'second']);
    const none = adapters.withAdaptersDisabled(() => base.query.forward(rows));
    const sum = tf.sub(tf.add(one, other), none);
    expect(await largestDifference(base.query.forward(rows), sum)).toBeLessThan(1e-5);
  });

  it('are trained when active', () => {
    const trainable = () =>
      [...adapters.namedParameters()].filter(([, { requiresGrad }]) => requiresGrad).map(([name]) => name);
    const names = (adapter: string, layers: string[]) =>
      layers.flatMap((layer) => [`${layer}.lora_A.${adapter}.weight`, `${layer}.lora_B.${adapter}.weight`]);
    expect(trainable()).toEqual(names('default', ['attention.query', 'attention.value']));
    adapters.setAdapter('second');
    expect(trainable()).toEqual(names('second', ['attention.query', 'output']));
    expect(base.trainableVariables()).toHaveLength(4);
    adapters.setAdapter(['default', 'second'], { trainable: false });
    expect(trainable()).toEqual([]);
    expect(base.trainableVariables()).toEqual([]);
  });

  it('can be deleted', async () => {
    const first = base.forward(x);
    const count = tf.memory().numTensors;
    adapters.deleteAdapter('second');
    expect(tf.memory().numTensors).toBe(count - 4);
    expect(base.output.hasAdapter).toBe(false);
    expect(await largestDifference(base.forward(x), first)).toBe(0);
    adapters.deleteAdapter('default');
    expect(await largestDifference(base.forward(x), plain)).toBe(0);
    expect(adapters.adapterNames).toEqual([]);
  });

  it('pass the word on when the active one is deleted', () => {
    adapters.deleteAdapter('default');
    expect(adapters.activeAdapters).toEqual(['second']);
    expect(adapters.trainableVariables()).toHaveLength(4);
  });

  it('are refused under a name that is taken or unknown', () => {
    expect(() => adapters.addAdapter('second')).toThrow('Adapter "second" already exists');
    expect(() => adapters.setAdapter('third')).toThrow('Unknown adapter "third". Available: "default", "second".');
    expect(() => adapters.setAdapter([])).toThrow('Name at least one adapter');
    expect(adapters.activeAdapters).toEqual(['default']);
  });
});

it('tells how many numbers are trained as PEFT prints it', () => {
  const module = new TwoLayers();
  const adapters = attachLora(module, { rank: 2, targetModules: ['query'] });
  adapters.addAdapter('other', { rank: 1, targetModules: ['value'] });
  expect(adapters.trainableParameters()).toEqual({
    trainable: 14,
    all: 40 + 14 + 7,
    text: 'trainable params: 14 || all params: 61 || trainable%: 22.9508',
  });
});

describe('disabling', () => {
  it('gives the output of the base', async () => {
    const adapted = base.forward(x);
    adapters.disable();
    expect(await largestDifference(base.forward(x), plain)).toBe(0);
    expect(base.trainableVariables()).toEqual([]);
    adapters.enable();
    expect(await largestDifference(base.forward(x), adapted)).toBe(0);
    expect(adapters.withAdaptersDisabled(() => adapters.enabled)).toBe(false);
    expect(() =>
      adapters.withAdaptersDisabled(() => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(adapters.enabled).toBe(true);
  });

  it('holds for adapters that are added meanwhile', async () => {
    adapters.disable();
    adapters.addAdapter('second', { rank: 1, targetModules: ['output'] });
    adapters.setAdapter('second');
    randomizeAdapter(adapters, 'second', 40);
    expect(await largestDifference(base.forward(x), plain)).toBe(0);
    expect(() => adapters.merge()).toThrow('The adapters are disabled: call enable() before merge().');
  });
});

it('detaching leaves the base as it was, also when merged', async () => {
  const before = await base.stateDict();
  adapters.merge();
  adapters.detach();
  expect(await base.stateDict()).toEqual(before);
  expect(await largestDifference(base.forward(x), plain)).toBe(0);
  expect(base.trainableVariables()).toEqual([]);
  expect((await adapters.stateDict()).size).toBe(4);
  expect(() => adapters.merge()).toThrow('These adapters were detached from their module');
  expect(() => adapters.addAdapter('other')).toThrow('attach new ones with attachLora');
});

it('loads its own state dict again', async () => {
  const adapted = base.forward(x);
  const state = await adapters.stateDict();
  expect([...state.keys()]).toEqual([
    'attention.query.lora_A.default.weight',
    'attention.query.lora_B.default.weight',
    'attention.value.lora_A.default.weight',
    'attention.value.lora_B.default.weight',
  ]);
  randomizeAdapter(adapters, 'default', 90);
  expect(await largestDifference(base.forward(x), adapted)).toBeGreaterThan(0.1);
  await adapters.loadStateDict(state);
  expect(await largestDifference(base.forward(x), adapted)).toBe(0);
});

/** How many kernels a function runs. */
async function countKernels(run: () => tf.Tensor): Promise<number> {
  const { kernels } = await tf.profile(run);
  return kernels.length;
}
