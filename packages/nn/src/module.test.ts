import { spawnSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { BatchNorm2d } from './batch-norm2d.js';
import { Conv2d } from './conv2d.js';
import { Dropout } from './dropout.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { manualSeed } from './random.js';
import { StateDictError } from './state-dict.js';

class Network extends Module {
  readonly convolution = this.register(
    'stem.convolution',
    new Conv2d({ inChannels: 2, outChannels: 3, kernelSize: [2, 3], bias: false }),
  );
  readonly norm = this.register('stem.norm', new BatchNorm2d(3));
  readonly dropout = this.register('dropout', new Dropout(0.5));
  readonly head = this.register('head', new Linear(3, 2));
}

let network: Network;
beforeEach(() => {
  manualSeed(1);
  network = new Network();
});

describe('Module', () => {
  it('names its state as PyTorch does', async () => {
    const state = await network.stateDict();
    expect([...state].map(([name, { shape }]) => `${name} [${shape}]`)).toEqual([
      'stem.convolution.weight [3,2,2,3]',
      'stem.norm.weight [3]',
      'stem.norm.bias [3]',
      'stem.norm.running_mean [3]',
      'stem.norm.running_var [3]',
      'stem.norm.num_batches_tracked []',
      'head.weight [2,3]',
      'head.bias [2]',
    ]);
    expect([...network.namedParameters().keys()]).not.toContain('stem.norm.running_mean');
    expect(network.parameterCount()).toBe(36 + 6 + 8);
  });

  it('loads what it saved, exactly', async () => {
    const state = await network.stateDict();
    const other = new Network();
    expect(await other.stateDict()).not.toEqual(state);
    expect(await other.loadStateDict(state)).toEqual({ missing: [], unexpected: [], mismatched: [] });
    expect(await other.stateDict()).toEqual(state);
  });

  it('makes the same initial values for the same seed', async () => {
    const state = await network.stateDict();
    manualSeed(1);
    expect(await new Network().stateDict()).toEqual(state);
    manualSeed(2);
    expect(await new Network().stateDict()).not.toEqual(state);
  });

  it('refuses a state dict with every difference listed, and changes nothing', async () => {
    const before = await network.stateDict();
    const state = await new Network().stateDict();
    state.delete('head.bias');
    state.set('tail.bias', { shape: [1], data: Float32Array.of(1) });
    state.set('head.weight', { shape: [3, 2], data: new Float32Array(6) });
    const error = await network.loadStateDict(state).catch((reason) => reason);
    expect(error).toBeInstanceOf(StateDictError);
    expect(error.message).toMatchInlineSnapshot(`
      "The state dict does not fit Network; nothing was loaded.
      Missing (1): head.bias.
      Unexpected (1): tail.bias.
      Shape mismatch: head.weight is [3,2], expected [2,3]."
    `);
    expect(error).toMatchObject({
      missing: ['head.bias'],
      unexpected: ['tail.bias'],
      mismatched: [{ name: 'head.weight', expected: [2, 3], found: [3, 2] }],
    });
    expect(await network.stateDict()).toEqual(before);
  });

  it('names the first of many differences', async () => {
    const names = Array.from({ length: 2000 }, (_, index) => `layer.${index}`);
    const tensor = { shape: [1], data: Float32Array.of(1) };
    const state = new Map([...names, ...(await network.stateDict()).keys()].map((name) => [name, tensor]));
    state.delete('head.bias');
    const error = await network.loadStateDict(state).catch((reason) => reason);
    expect(error.message).toMatchInlineSnapshot(`
      "The state dict does not fit Network; nothing was loaded.
      Missing (1): head.bias.
      Unexpected (2000): layer.0, layer.1, layer.2, layer.3, layer.4 and 1995 more.
      Shape mismatch: stem.convolution.weight is [1], expected [3,2,2,3].
      Shape mismatch: stem.norm.weight is [1], expected [3].
      Shape mismatch: stem.norm.bias is [1], expected [3].
      Shape mismatch: stem.norm.running_mean is [1], expected [3].
      Shape mismatch: stem.norm.running_var is [1], expected [3].
      And 2 more shape mismatches."
    `);
    expect(error.unexpected).toEqual(names);
    expect(error.mismatched).toHaveLength(7);
    await expect(network.loadStateDict(state, { misfit: 'These weights are of another model' })).rejects.toThrow(
      /^These weights are of another model; nothing was loaded\.\nMissing/,
    );
  });

  it('loads what fits when not strict, but never a wrong shape', async () => {
    const state = await new Network().stateDict();
    state.delete('head.bias');
    state.set('tail.bias', { shape: [1], data: Float32Array.of(1) });
    const report = await network.loadStateDict(state, { strict: false });
    expect(report).toEqual({ missing: ['head.bias'], unexpected: ['tail.bias'], mismatched: [] });
    expect((await network.stateDict()).get('head.weight')).toEqual(state.get('head.weight'));
    state.set('head.weight', { shape: [3, 2], data: new Float32Array(6) });
    await expect(network.loadStateDict(state, { strict: false })).rejects.toThrow('head.weight is [3,2]');
  });

  it('reads a lazy source one tensor at a time', async () => {
    const state = await new Network().stateDict();
    const reads: string[] = [];
    const get = (name: string) => {
      const found = state.get(name);
      const read = async () => {
        reads.push(name);
        return found!.data;
      };
      return found && { shape: found.shape, read };
    };
    await network.loadStateDict({ keys: () => state.keys(), get });
    expect(reads).toEqual([...state.keys()]);
    expect(await network.stateDict()).toEqual(state);
  });

  it('freezes and unfreezes without changing a value or losing a tensor', async () => {
    const state = await network.stateDict();
    const before = tf.memory().numTensors;
    network.freeze();
    expect(network.trainableVariables()).toEqual([]);
    expect(network.parameterCount({ trainableOnly: true })).toBe(0);
    expect(() => network.head.weight.variable).toThrow('A frozen parameter has no variable');
    network.head.unfreeze();
    expect(network.trainableVariables()).toHaveLength(2);
    expect(await network.stateDict()).toEqual(state);
    network.unfreeze();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('switches mode all the way down', () => {
    network.eval();
    expect([network.training, network.norm.training, network.dropout.training]).toEqual([false, false, false]);
    network.train();
    expect(network.norm.training).toBe(true);
  });

  it('frees everything', async () => {
    await network.stateDict();
    const before = tf.memory().numTensors;
    network.dispose();
    expect(tf.memory().numTensors).toBe(before - 8);
    expect(() => network.head.forward(tf.zeros([1, 3]))).toThrow('was disposed');
  });

  it('refuses two members of one name', () => {
    class Twice extends Module {
      readonly one = this.register('layer', new Linear(1, 1));
      readonly two = this.register('layer', new Linear(1, 1));
    }
    expect(() => new Twice()).toThrow('Twice already has a member named "layer".');
  });

  it('says what to do where no device is open', () => {
    const program = "import { Linear } from './dist/index.js'; new Linear(1, 1).weight.value;";
    const folder = new URL('..', import.meta.url);
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
    expect(String(stderr)).toContain('No device is open: call `await openDevice()` of @llm-mde/backend first');
  });
});
