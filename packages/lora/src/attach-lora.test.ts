import { Dropout, gradientCheckpoint, Linear, Module, manualSeed, withDropoutSeed } from '@llm-mde/nn';
import { expectSameNumbers } from '@llm-mde/tooling-vitest/testing/expect-close';
import { expectNoTensorsLeft, largestDifference, passBackward } from '@llm-mde/tooling-vitest/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { attachLora } from './attach-lora.js';
import { exampleInput, randomizeAdapter, TwoLayers } from './testing/two-layers.js';

const TARGETS = ['query', 'value'];

let base: TwoLayers;
let x: tf.Tensor;
beforeEach(() => {
  manualSeed(3);
  base = new TwoLayers().eval();
  x = exampleInput();
});

describe('attachLora', () => {
  it('computes W·x + b + alpha/rank·B·A·x, as worked out by hand', async () => {
    const linear = new Linear(2, 2);
    linear.weight.load([1, 2, 3, 4]);
    linear.bias!.load([10, 20]);
    const one = new (class extends Module {
      readonly linear = this.register('linear', linear);
    })();
    const adapters = attachLora(one, { rank: 1, alpha: 3, targetModules: ['linear'] });
    const { A, B } = adapters.layersOf('default')[0]!.factors('default')!;
    A.load([5, -1]);
    B.load([2, 0.5]);
    // x = [1, 2]: W·x + b = [15, 31], A·x = 3, B·A·x = [6, 1.5], times 3.
    expect(Array.from(await linear.forward(tf.tensor2d([[1, 2]])).data())).toEqual([33, 35.5]);
    // rank 1 cannot tell alpha/rank from alpha/√rank; rank 4 can: 8/4 = 2 and 8/√4 = 4.
    adapters.addAdapter('scaled', { rank: 4, alpha: 8, targetModules: ['linear'] });
    adapters.addAdapter('stabilized', { rank: 4, alpha: 8, rankStabilized: true, targetModules: ['linear'] });
    for (const [name, expected] of [
      ['scaled', [15 + 2 * 10, 31]],
      ['stabilized', [15 + 4 * 10, 31]],
    ] as const) {
      const factors = adapters.layersOf(name)[0]!.factors(name)!;
      factors.A.load([1, 0, 0, 1, 1, 1, 2, 2]); // A·x = [1, 2, 3, 6]
      factors.B.load([1, 0, 1, 1, 0, 0, 0, 0]); // B·A·x = [10, 0]
      adapters.setAdapter(name);
      expect(Array.from(await linear.forward(tf.tensor2d([[1, 2]])).data())).toEqual(expected);
    }
  });

  it('changes nothing at first, and then does', async () => {
    const before = base.forward(x);
    const adapters = attachLora(base, { rank: 2, targetModules: TARGETS });
    expect(await largestDifference(base.forward(x), before)).toBe(0);
    randomizeAdapter(adapters);
    expect(await largestDifference(base.forward(x), before)).toBeGreaterThan(0.1);
  });

  it('starts with A uniform up to 1/√inFeatures from the seeded generator, and B zero', async () => {
    const [wide, again, other] = await Promise.all(
      [5, 5, 6].map(async (seed) => {
        const module = new (class extends Module {
          readonly linear = this.register('linear', new Linear(100, 10));
        })();
        manualSeed(seed);
        return attachLora(module, { rank: 16, targetModules: ['linear'] }).stateDict();
      }),
    );
    expect([...wide!].map(([name, { shape }]) => `${name} [${shape}]`)).toEqual([
      'linear.lora_A.default.weight [16,100]',
      'linear.lora_B.default.weight [10,16]',
    ]);
    const a = [...wide!.get('linear.lora_A.default.weight')!.data];
    expect(Math.max(...a)).toBeGreaterThan(0.099);
    expect(Math.max(...a)).toBeLessThan(0.1);
    expect(Math.min(...a)).toBeLessThan(-0.099);
    expect(Math.min(...a)).toBeGreaterThanOrEqual(-0.1);
    expect(Math.abs(a.reduce((sum, value) => sum + value, 0) / a.length)).toBeLessThan(0.005);
    expect(wide!.get('linear.lora_B.default.weight')!.data.every((value) => value === 0)).toBe(true);
    expect(again).toEqual(wide);
    expect(other).not.toEqual(wide);
  });

  it('trains A and B and nothing else', async () => {
    const adapters = attachLora(base, { rank: 2, targetModules: TARGETS });
    randomizeAdapter(adapters);
    const { grads } = tf.variableGrads(() => tf.sum(tf.square(base.forward(x))) as tf.Scalar);
    const expected = adapters.trainableVariables().map(({ name }) => name);
    expect(expected).toHaveLength(4);
    expect(Object.keys(grads).sort()).toEqual([...expected].sort());
    for (const gradient of Object.values(grads)) {
      expect((await tf.max(tf.abs(gradient)).data())[0]).toBeGreaterThan(0.01);
    }
  });

  it('has the gradient of the formula', async () => {
    const adapters = attachLora(base, { rank: 2, alpha: 3, targetModules: TARGETS });
    randomizeAdapter(adapters);
    const { A, B } = adapters.layersOf('default')[1]!.factors('default')!;
    const loss = () => tf.sum(tf.square(base.forward(x))) as tf.Scalar;
    const { grads } = tf.variableGrads(loss, [A.variable, B.variable]);
    for (const parameter of [A, B]) {
      const analytic = await grads[parameter.variable.name]!.data();
      const values = await parameter.read();
      for (let index = 0; index < values.length; index++) {
        const at = async (offset: number) => {
          const moved = Float32Array.from(values);
          moved[index]! += offset;
          parameter.load(moved);
          return (await loss().data())[0]!;
        };
        const numeric = ((await at(1e-2)) - (await at(-1e-2))) / 2e-2;
        parameter.load(values);
        expect(Math.abs(analytic[index]! - numeric)).toBeLessThan(0.02 * Math.abs(numeric) + 0.02);
      }
    }
  });

  it('keeps the base trainable on request', () => {
    attachLora(base, { rank: 2, targetModules: TARGETS, freezeBase: false });
    expect(base.parameterCount({ trainableOnly: true })).toBe(base.parameterCount());
    expect(base.trainableVariables()).toHaveLength(5 + 4);
  });

  it("lists its variables among the module's, but not in its state dict", async () => {
    const before = await base.stateDict();
    const adapters = attachLora(base, { rank: 2, targetModules: TARGETS });
    randomizeAdapter(adapters);
    expect(await base.stateDict()).toEqual(before);
    expect(new Set(base.trainableVariables())).toEqual(new Set(adapters.trainableVariables()));
    const both = new (class extends Module {
      readonly model = this.register('model', base);
      readonly lora = this.register('lora', adapters);
    })();
    expect(both.trainableVariables()).toHaveLength(4);
  });

  it('is trained through a gradient checkpoint', async () => {
    const adapters = attachLora(base, { rank: 2, dropout: 0.5, targetModules: TARGETS });
    randomizeAdapter(adapters);
    base.train();
    const gradients = async (forward: (x: tf.Tensor) => tf.Tensor) => {
      const { grads } = withDropoutSeed(4, () =>
        tf.variableGrads(() => tf.sum(tf.square(forward(x))) as tf.Scalar, adapters.trainableVariables()),
      );
      return Promise.all(Object.values(grads).map(async (gradient) => Array.from(await gradient.data())));
    };
    const expected = await gradients((input) => base.forward(input));
    expect(expected).toHaveLength(4);
    const checkpointed = (input: tf.Tensor) =>
      gradientCheckpoint((inner) => base.forward(inner), input, base.trainableVariables());
    expectSameNumbers(await gradients(checkpointed), expected);
  });
});

describe('dropout of an adapter', () => {
  it("is on the branch's input, in training mode of the base, and repeatable", async () => {
    const plain = base.forward(x);
    const adapters = attachLora(base, { rank: 2, dropout: 0.5, targetModules: TARGETS });
    base.train();
    const withSeed = (seed: number) => withDropoutSeed(seed, () => base.forward(x));
    expect(await largestDifference(withSeed(1), plain), 'B is zero, and W has no dropout').toBe(0);
    randomizeAdapter(adapters);
    expect(await largestDifference(withSeed(1), withSeed(2))).toBeGreaterThan(0.01);
    expect(await largestDifference(withSeed(1), withSeed(1))).toBe(0);
    base.eval();
    expect(await largestDifference(withSeed(1), withSeed(2))).toBe(0);
    adapters.train();
    expect(await largestDifference(withSeed(1), withSeed(2)), 'the mode is that of the base').toBe(0);
  });

  it('drops what the mask of nn says', async () => {
    const linear = new Linear(6, 2, { bias: false });
    const one = new (class extends Module {
      readonly linear = this.register('linear', linear);
    })();
    const adapters = attachLora(one, { rank: 2, alpha: 4, dropout: 0.5, targetModules: ['linear'] });
    randomizeAdapter(adapters);
    const { A, B } = adapters.layersOf('default')[0]!.factors('default')!;
    const input = tf.tensor(
      Array.from({ length: 24 }, (_, index) => Math.cos(index)),
      [4, 6],
    ) as tf.Tensor2D;
    const actual = withDropoutSeed(9, () => linear.forward(input));
    const dropped = withDropoutSeed(9, () => new Dropout(0.5).forward(input));
    const branch = tf.matMul(
      tf.matMul(dropped, A.value as tf.Tensor2D, false, true),
      B.value as tf.Tensor2D,
      false,
      true,
    );
    const expected = tf.add(tf.matMul(input, linear.weight.value as tf.Tensor2D, false, true), tf.mul(branch, 2));
    expect(await largestDifference(actual, expected)).toBeLessThan(1e-6);
  });
});

describe('tensors', () => {
  it('stay level over forward and backward passes', async () => {
    const adapters = attachLora(base, { rank: 2, dropout: 0.1, targetModules: TARGETS });
    base.train();
    await expectNoTensorsLeft(() => passBackward(() => tf.square(base.forward(x)), adapters.trainableVariables()));
  });

  it('leave with the adapters', async () => {
    await base.stateDict();
    const before = tf.memory().numTensors;
    const plain = base.forward(x);
    const adapters = attachLora(base, { rank: 2, targetModules: TARGETS });
    randomizeAdapter(adapters);
    adapters.merge();
    adapters.dispose();
    expect(await largestDifference(base.forward(x), plain)).toBe(0);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before + 2);
    expect(base.query.hasAdapter).toBe(false);
  });
});

describe('attachLora refuses', () => {
  it.each([
    [{ rank: 0 }, 'rank must be a positive integer, got 0.'],
    [{ rank: 1.5 }, 'rank must be a positive integer, got 1.5.'],
    [{ alpha: Number.NaN }, 'alpha must be a positive number, got NaN.'],
    [{ dropout: 1 }, 'dropout must be in [0, 1), got 1.'],
    [
      { targetModules: ['q_proj'] },
      'No Linear layer of TwoLayers matches the target modules ["q_proj"]. It has attention.query, attention.value, output.',
    ],
    [{ targetModules: 'query' }, 'No Linear layer of TwoLayers matches the target modules "query".'],
    [{ targetModules: /uery/ }, 'No Linear layer of TwoLayers matches the target modules "/uery/".'],
    [{ targetModules: '(' }, 'The target modules "(" are not a regular expression'],
    [
      { targetModules: undefined },
      'TwoLayers is none of ViT, DINOv2, BERT, Llama, Qwen2 and GPT-2, so LoRA does not know what to adapt: name targetModules.',
    ],
    [{ adapterName: 'a.b' }, 'Adapter names must not be empty or contain a dot, got "a.b"'],
  ])('%j', (options, message) => {
    const numTensors = tf.memory().numTensors;
    expect(() => attachLora(base, { targetModules: TARGETS, ...options } as never)).toThrow(message);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect([base.query.hasAdapter, base.query.weight.requiresGrad]).toEqual([false, true]);
  });

  it('a Linear that has an adapter from elsewhere', () => {
    const first = attachLora(base, { targetModules: ['query'] });
    expect(() => attachLora(base, { targetModules: TARGETS })).toThrow(
      'attention.query already has an adapter from elsewhere',
    );
    expect(base.value.hasAdapter).toBe(false);
    first.detach();
    attachLora(base, { targetModules: TARGETS });
  });

  it('what is neither a module nor a model of layers', () => {
    expect(() => attachLora({ forward: () => {} } as never)).toThrow(
      'LoRA adapts modules of @llm-mde/nn, such as VisionEncoder and Bert, models of tf.layers and tf.GraphModel',
    );
  });

  it('a module without Linear layers', () => {
    expect(() => attachLora(new Dropout(0.1), { targetModules: ['query'] })).toThrow(
      'Dropout contains no Linear layer',
    );
  });
});
