import { readFileSync } from 'node:fs';
import { mapTensors, type TensorData, type TensorLike } from '@llm-mde/compile/eager';
import { constant, Parameter } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { AdamW, type AdamWStep } from './adamw.js';
import { clippingFactor, gradientNorm } from './gradients.js';
import { scaleInvariantLoss } from './scale-invariant-loss.js';

const goldens = JSON.parse(readFileSync(new URL('../../fixtures/training.json', import.meta.url), 'utf8'));

interface Golden {
  shape: number[];
  values: number[];
}

const tensorOf = <T extends tf.Tensor>({ values, shape }: Golden) => tf.tensor(values, shape) as T;

async function expectClose(actual: tf.Tensor, golden: Golden, tolerance: number): Promise<void> {
  expect(actual.shape).toEqual(golden.shape);
  const values = await actual.data();
  golden.values.forEach((value, index) => {
    expect(Math.abs(values[index]! - value), `[${index}]: ${values[index]}, PyTorch ${value}`).toBeLessThan(tolerance);
  });
}

describe('scaleInvariantLoss', () => {
  const { predicted, truth, valid, cases } = goldens.loss;
  it.each(cases as { form: 'squared' | 'root'; lambda: number; loss: number; gradient: Golden }[])(
    'equals PyTorch: $form, lambda $lambda',
    async ({ form, lambda, loss, gradient }) => {
      const f = (x: tf.Tensor) =>
        scaleInvariantLoss(x as tf.Tensor3D, tensorOf(truth), tensorOf(valid), { form, lambda });
      const { value, grad } = tf.valueAndGrad(f)(tensorOf(predicted));
      expect((await value.data())[0]).toBeCloseTo(loss, 4);
      await expectClose(grad, gradient, 2e-5);
    },
  );

  it('gives a batch the mean of what its parts give', async () => {
    const part = (from: number, size: number) =>
      [predicted, truth, valid].map((golden) => tf.slice(tensorOf<tf.Tensor3D>(golden), [from, 0, 0], [size, -1, -1]));
    const loss = async (from: number, size: number) => {
      const [p, t, v] = part(from, size);
      return (await scaleInvariantLoss(p!, t!, v!).data())[0]!;
    };
    const parts = ((await loss(0, 1)) + (await loss(1, 1)) + (await loss(2, 1))) / 3;
    expect(await loss(0, 3)).toBeCloseTo(parts, 5);
  });

  it('is zero for the truth and ignores scale when lambda is 1', async () => {
    const depth = tensorOf<tf.Tensor3D>(predicted);
    const everywhere = tf.onesLike(depth);
    expect((await scaleInvariantLoss(depth, depth, everywhere).data())[0]).toBe(0);
    const doubled = scaleInvariantLoss(tf.mul(depth, 2), depth, everywhere, { lambda: 1 });
    expect((await doubled.data())[0]).toBeCloseTo(0, 6);
  });

  it('adds the weighted differences of the error between neighbors at four distances, where both are valid', async () => {
    // The error is its column times 0.1: 0.1 · s across at each distance s, nothing down.
    const shape: [number, number, number] = [1, 12, 10];
    const error = tf.tile(tf.reshape(tf.mul(tf.range(0, 10), 0.1), [1, 1, 10]), [1, 12, 1]) as tf.Tensor3D;
    const [ones, predictedDepth] = [tf.ones<tf.Rank.R3>(shape), tf.exp(error)];
    const loss = async (valid: tf.Tensor3D, gradientWeight: number) =>
      (await scaleInvariantLoss(predictedDepth, ones, valid, { lambda: 1, gradientWeight }).data())[0]!;
    expect((await loss(ones, 2)) - (await loss(ones, 0))).toBeCloseTo((2 * (0.1 + 0.2 + 0.4 + 0.8)) / 4, 5);
    // Every other column: no valid pair at distance 1.
    const columns = tf.tile(tf.reshape(tf.mod(tf.range(0, 10), 2), [1, 1, 10]), [1, 12, 1]) as tf.Tensor3D;
    expect((await loss(columns, 1)) - (await loss(columns, 0))).toBeCloseTo((0.2 + 0.4 + 0.8) / 4, 5);
    expect(await loss(tf.zerosLike(ones), 1)).toBe(0);
    const gradient = tf.grad((x: tf.Tensor) =>
      scaleInvariantLoss(x as tf.Tensor3D, ones, columns, { lambda: 1, gradientWeight: 1 }),
    )(predictedDepth);
    expect((await gradient.data()).every(Number.isFinite)).toBe(true);
  });

  it.each(['squared', 'root'] as const)('counts an image without a valid pixel as zero error: %s', async (form) => {
    const depth = tensorOf<tf.Tensor3D>(predicted);
    const { value, grad } = tf.valueAndGrad((x) =>
      scaleInvariantLoss(x as tf.Tensor3D, tf.onesLike(depth), tf.zerosLike(depth), { form }),
    )(depth);
    expect([(await value.data())[0], Math.max(...(await tf.abs(grad).data()))]).toEqual([0, 0]);
  });
});

describe('AdamW', () => {
  it.each([0, 1])('equals PyTorch, case %i', async (index) => {
    const { options, start, steps } = goldens.adamw[index];
    const parameter = new Parameter(start.shape, { initialize: constant(0) });
    parameter.load(start.values);
    const optimizer = new AdamW([{ parameters: new Map([['weight', parameter]]), weightDecay: options.weight_decay }], {
      ...(options.betas && { beta1: options.betas[0], beta2: options.betas[1], epsilon: options.eps }),
    });
    for (const step of steps) {
      update(optimizer, { [parameter.variable.name]: tensorOf(step.gradient) }, step.learningRate);
      await expectClose(parameter.value, step.parameter, 1e-5);
    }
    expect(optimizer.steps).toBe(4);
  });

  it('counts the steps of each parameter, as PyTorch does, also after a resume', async () => {
    const make = (...names: string[]) => {
      const parameters = new Map(names.map((name) => [name, new Parameter([2], { initialize: constant(1) })]));
      return { parameters, optimizer: new AdamW([{ parameters }]) };
    };
    const take = ({ parameters, optimizer }: ReturnType<typeof make>, gradients: Record<string, number>) => {
      const named = Object.entries(gradients).map(([name, value]) => [
        parameters.get(name)!.variable.name,
        tf.tensor1d([value, -value]),
      ]);
      update(optimizer, Object.fromEntries(named), 0.1);
    };
    const [both, alone] = [make('always', 'sometimes'), make('sometimes')];
    for (const step of [1, 2, 3, 4]) {
      take(both, { always: 1, ...(step % 2 === 0 && { sometimes: step }) });
      if (step % 2 === 0) take(alone, { sometimes: step });
      both.optimizer.loadState(await both.optimizer.state());
    }
    const [values, expected] = [both, alone].map(({ parameters }) => parameters.get('sometimes')!.value.dataSync());
    expect(values).toEqual(expected);
  });

  it('keeps moving averages, which may stand in the place of the parameters', async () => {
    const make = () => {
      const parameters = new Map(['a', 'b'].map((name) => [name, new Parameter([2], { initialize: constant(1) })]));
      return { parameters, optimizer: new AdamW([{ parameters }], { averageDecay: 0.15 }) };
    };
    const take = ({ parameters, optimizer }: ReturnType<typeof make>) => {
      const named = [...parameters.values()].map(({ variable }, index) => [variable.name, tf.tensor1d([1, index])]);
      update(optimizer, Object.fromEntries(named), 0.1);
    };
    const values = ({ parameters }: ReturnType<typeof make>) =>
      [...parameters.values()].flatMap(({ value }) => [...value.dataSync()]);
    const [one, other] = [make(), make()];
    let expected = values(one);
    // (1 + t) / (10 + t) for the first steps, then the decay itself.
    for (const kept of [1 / 10, 0.15, 0.15]) {
      take(one);
      expected = expected.map((average, index) => kept * average + (1 - kept) * values(one)[index]!);
    }
    const last = values(one);
    one.optimizer.exchangeAverages();
    expect(one.optimizer.areExchanged).toBe(true);
    values(one).forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index]!, 6);
    });
    expect(Math.abs(values(one)[0]! - last[0]!)).toBeGreaterThan(1e-2);
    one.optimizer.exchangeAverages();
    expect(values(one)).toEqual(last);
    other.parameters.forEach((parameter, name) => {
      parameter.assign(one.parameters.get(name)!.value);
    });
    other.optimizer.loadState(await one.optimizer.state());
    for (const each of [one, other]) {
      take(each);
      each.optimizer.exchangeAverages();
    }
    expect(values(other)).toEqual(values(one));
  });

  it('leaves no tensors behind', () => {
    const before = tf.memory().numTensors;
    const parameter = new Parameter([3], { initialize: constant(1) });
    const optimizer = new AdamW([{ parameters: new Map([['weight', parameter]]) }]);
    const gradient = tf.ones([3]);
    update(optimizer, { [parameter.variable.name]: gradient }, 0.1);
    const during = tf.memory().numTensors;
    for (let step = 0; step < 3; step++) update(optimizer, { [parameter.variable.name]: gradient }, 0.1);
    expect(tf.memory().numTensors).toBe(during);
    optimizer.dispose();
    parameter.dispose();
    gradient.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('gradients', () => {
  const named = (...lists: number[][]) =>
    Object.fromEntries(lists.map((list, index) => [`${index}`, tf.tensor1d(list)] as const));
  const normOf = async (gradients: tf.NamedTensorMap) =>
    (await gradientNorm(gradients, Object.keys(gradients)).data())[0];

  it('have a common norm, however many', async () => {
    expect(await normOf(named([3], [0, 4]))).toBeCloseTo(5, 5);
    expect(await normOf(named(...Array.from({ length: 100 }, () => [1])))).toBeCloseTo(10, 4);
  });

  it('are scaled down to the maximum norm, and left alone below it', async () => {
    const factor = async (norm: number, maximum: number) => (await clippingFactor(tf.scalar(norm), maximum).data())[0];
    expect(await factor(5, 1)).toBeCloseTo(0.2, 5);
    expect(await factor(3, 10)).toBe(1);
    expect(await factor(3, Number.POSITIVE_INFINITY)).toBe(1);
  });
});

/** Takes one step. */
function update(optimizer: AdamW, gradients: tf.NamedTensorMap, learningRate: number): void {
  const step = optimizer.nextStep(learningRate);
  const tensorOf = (leaf: TensorLike) => tf.tensor((leaf as TensorData).data, [...leaf.shape]);
  tf.tidy(() => optimizer.update(gradients, mapTensors(step, tensorOf) as AdamWStep));
  optimizer.countStep();
}
