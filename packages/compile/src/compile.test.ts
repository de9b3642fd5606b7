import {
  BatchNorm2d,
  Conv2d,
  Dropout,
  gelu,
  LayerNorm,
  Linear,
  Module,
  manualSeed,
  withDropoutSeed,
} from '@llm-mde/nn';
import { numbers } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import { expectClose } from '@llm-mde/tooling-vitest/testing/expect-close';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { canUpdateInPlace } from './execution/in-place.js';
import { compile } from './index.js';

class Network extends Module {
  readonly up = this.register('up', new Linear(6, 16));
  readonly norm = this.register('norm', new LayerNorm(16));
  readonly down = this.register('down', new Linear(16, 3));
  forward = (x: tf.Tensor2D) => tf.tidy(() => this.down.forward(gelu(this.norm.forward(this.up.forward(x)))));
}

const scalar = (value: number) => ({ data: Float32Array.of(value), shape: [] });

async function read(tensor: tf.Tensor): Promise<number[]> {
  const values = Array.from(await tensor.data());
  tensor.dispose();
  return values;
}

/** Forward, backward, clipping and AdamW; the rate and the number of the step are inputs. */
function adamWStep(
  variables: tf.Variable[],
  loss: (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Scalar,
  { clip = true } = {},
) {
  const slots = variables.map((variable) =>
    tf.tidy(() => [tf.variable(tf.zerosLike(variable), false), tf.variable(tf.zerosLike(variable), false)] as const),
  );
  const step = (x: tf.Tensor2D, y: tf.Tensor2D, rate: tf.Tensor, count: tf.Tensor) =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => loss(x, y), variables);
      const squares = Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)));
      const norm = tf.sqrt(tf.addN(squares));
      const factor = clip ? tf.minimum(tf.div(1, tf.add(norm, 1e-6)), tf.scalar(1)) : tf.scalar(1);
      const correction1 = tf.sub(1, tf.pow(tf.scalar(0.9), count));
      const correction2 = tf.sqrt(tf.sub(1, tf.pow(tf.scalar(0.999), count)));
      variables.forEach((variable, index) => {
        const gradient = tf.mul(grads[variable.name]!, factor);
        const [mean, square] = slots[index]!;
        mean.assign(tf.add(tf.mul(mean, 0.9), tf.mul(gradient, 0.1)));
        square.assign(tf.add(tf.mul(square, 0.999), tf.mul(tf.square(gradient), 0.001)));
        const change = tf.div(tf.div(mean, correction1), tf.add(tf.div(tf.sqrt(square), correction2), 1e-8));
        variable.assign(tf.sub(tf.mul(variable, tf.sub(1, tf.mul(rate, 0.01))), tf.mul(change, rate)));
      });
      return value;
    });
  return { step, slots };
}

describe('a training step', () => {
  const x = numbers([8, 6]) as tf.Tensor2D;
  const y = numbers([8, 3], 5) as tf.Tensor2D;
  const make = (clip: boolean) => {
    manualSeed(3);
    const network = new Network();
    const { step, slots } = adamWStep(
      network.trainableVariables(),
      (input, truth) => tf.mean(tf.square(tf.sub(network.forward(input), truth))) as tf.Scalar,
      { clip },
    );
    return { network, step, slots };
  };

  it.each([true, false])('has the losses of eager TensorFlow.js for five steps, clipping %s', async (clip) => {
    const eager = make(clip);
    const traced = make(clip);
    const compiled = compile(traced.step);
    const losses: [number, number][] = [];
    for (let count = 1; count <= 5; count++) {
      const rate = 0.02 / count;
      const [expected] = await read(eager.step(x, y, tf.scalar(rate), tf.scalar(count)));
      const [actual] = await read(await compiled(x, y, scalar(rate), scalar(count)));
      losses.push([expected!, actual!]);
    }
    for (const [expected, actual] of losses) expect(Math.abs(actual - expected)).toBeLessThan(1e-3 * expected);
    expect(losses[4]![0]).toBeLessThan(0.7 * losses[0]![0]);
    expect(compiled.graphs).toHaveLength(1);
    await compiled.dispose();
    // What the step left behind is the variables' own again.
    const one = await eager.network.stateDict();
    const other = await traced.network.stateDict();
    for (const [name, { data }] of one) {
      data.forEach((value, index) => {
        expect(Math.abs(other.get(name)!.data[index]! - value), name).toBeLessThan(1e-3);
      });
    }
  });

  it('writes over old values only where nothing reads them any more', async () => {
    const variable = tf.variable(numbers([4, 4]));
    const step = compile((input: tf.Tensor2D) => {
      const updated = tf.sub(variable, tf.mean(tf.matMul(input, variable as tf.Tensor2D)));
      const late = tf.matMul(tf.matMul(input, updated as tf.Tensor2D), variable as tf.Tensor2D);
      variable.assign(updated);
      return late;
    });
    const input = numbers([4, 4], 3) as tf.Tensor2D;
    const expected = tf.tidy(() => {
      const old = tf.tensor2d(variable.dataSync().slice(), [4, 4]);
      return tf.matMul(tf.matMul(input, tf.sub(old, tf.mean(tf.matMul(input, old)))), old);
    });
    const [actual, known] = [await read(await step(input)), await read(expected)];
    expectClose(actual, known, 0.5e-5);
    expect(canUpdateInPlace(step.graphs[0]!).size).toBe(0);
    await step.dispose();

    const clipped = make(true);
    const optimizer = compile(clipped.step);
    (await optimizer(x, y, scalar(0.01), scalar(1))).dispose();
    const [graph] = optimizer.graphs;
    expect(canUpdateInPlace(graph!).size).toBe(graph!.updates.length);
    await optimizer.dispose();
  });

  it('that fails changes no variable', async () => {
    const [table, one, other] = [tf.tensor1d([1, 2, 3]), tf.variable(tf.scalar(1)), tf.variable(tf.scalar(2))];
    const step = compile((ids: tf.Tensor1D) => {
      one.assign(tf.mul(one, 0.5));
      const picked = tf.gather(table, tf.cast(ids, 'int32'));
      other.assign(tf.add(other, 1));
      return picked;
    });
    expect(await read(await step({ data: Int32Array.of(2), shape: [1] }))).toEqual([3]);
    await expect(step({ data: Int32Array.of(9), shape: [1] })).rejects.toThrow('Gather');
    expect([one.dataSync()[0], other.dataSync()[0]]).toEqual([0.5, 3]);
    await step.dispose();
  });

  it('keeps what other tensors hold of a variable', async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const double = compile(() => variable.assign(tf.mul(variable, 2)));
    await double();
    const copy = variable.clone();
    const other = tf.variable(variable.clone());
    await double();
    expect(await read(copy)).toEqual([2, 4]);
    expect(await read(other)).toEqual([2, 4]);
    expect(await read(variable.clone())).toEqual([4, 8]);
    await double.dispose();
    expect(Array.from(variable.dataSync())).toEqual([4, 8]);
    tf.dispose([variable, other]);
  });

  it('shares variables with other compiled functions and with eager ones', async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const add = compile((amount: tf.Tensor) => {
      variable.assign(tf.add(variable, amount));
      return tf.sum(variable);
    });
    const square = compile(() => tf.square(variable));
    expect(await read(await add(scalar(1)))).toEqual([5]);
    expect(await read(await square())).toEqual([4, 9]);
    variable.assign(tf.tensor1d([10, 20]));
    expect(await read(await square())).toEqual([100, 400]);
    expect(await read(await add(scalar(1)))).toEqual([32]);
    expect(await read(tf.neg(variable))).toEqual([-11, -21]);
    // Steps that are not awaited one by one follow each other.
    await Promise.all([add(scalar(1)), add(scalar(1)), add(scalar(1))]);
    expect(Array.from(await variable.data())).toEqual([14, 24]);
    await add.dispose();
    expect(await read(await square())).toEqual([196, 576]);
    await square.dispose();
    variable.dispose();
  });

  it('keeps running statistics and counts, as batch normalization does', async () => {
    const run = async (call: (norm: BatchNorm2d, x: tf.Tensor4D) => Promise<tf.Tensor>) => {
      const norm = new BatchNorm2d(3);
      const results: number[][] = [];
      for (let step = 0; step < 3; step++)
        results.push(await read(await call(norm, numbers([2, 3, 3, 3], step) as tf.Tensor4D)));
      const state = await norm.stateDict();
      return {
        results: results.flat(),
        mean: Array.from(state.get('running_mean')!.data),
        count: state.get('num_batches_tracked')!.data[0],
      };
    };
    const eager = await run(async (norm, input) => norm.forward(input));
    let compiled: ReturnType<typeof compile<[tf.Tensor4D], tf.Tensor4D>> | undefined;
    const traced = await run((norm, input) => {
      compiled ??= compile((image: tf.Tensor4D) => norm.forward(image));
      return compiled(input);
    });
    expect(traced.count).toBe(3);
    expectClose(traced.mean, eager.mean, 0.5e-5);
    expectClose(traced.results, eager.results, 0.5e-4);
    await compiled!.dispose();
  });

  it('takes the optimizers of TensorFlow.js, whose variables appear in the first step', async () => {
    const run = async (
      wrap: (step: (x: tf.Tensor2D) => tf.Tensor) => (x: tf.Tensor2D) => tf.Tensor | Promise<tf.Tensor>,
    ) => {
      manualSeed(8);
      const network = new Network();
      const variables = network.trainableVariables();
      const optimizer = tf.train.adam(0.01);
      const step = wrap((input) => {
        const { value, grads } = tf.variableGrads(
          () => tf.mean(tf.square(network.forward(input))) as tf.Scalar,
          variables,
        );
        optimizer.applyGradients(grads as Record<string, tf.Variable>);
        return value;
      });
      const losses: number[] = [];
      for (let count = 0; count < 5; count++) losses.push(...(await read(await step(x))));
      return losses;
    };
    let dispose = async () => {};
    const eager = await run((step) => step);
    const traced = await run((step) => {
      const compiled = compile(step);
      dispose = () => compiled.dispose();
      return compiled;
    });
    traced.forEach((loss, index) => {
      expect(Math.abs(loss - eager[index]!)).toBeLessThan(1e-4 * eager[index]!);
    });
    await dispose();
  });

  it('leaves no tensors behind', async () => {
    const { step } = make(true);
    const compiled = compile(step);
    (await compiled(x, y, scalar(0.01), scalar(1))).dispose();
    const { numTensors, numDataBuffers } = tf.memory();
    for (let count = 2; count <= 4; count++) (await compiled(x, y, scalar(0.01), scalar(count))).dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
    await compiled.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe('dropout', () => {
  it('has the masks of eager TensorFlow.js, anew for every seed', async () => {
    const dropout = new Dropout(0.4);
    const forward = (input: tf.Tensor, seed: tf.Scalar) =>
      withDropoutSeed(seed, () => dropout.forward(dropout.forward(input)));
    const compiled = compile(forward);
    const input = tf.ones([5, 7]);
    for (const seed of [1, 77, 123456]) {
      expect(await read(await compiled(input, scalar(seed) as never))).toEqual(
        await read(tf.tidy(() => forward(input, tf.scalar(seed)))),
      );
    }
    expect(compiled.graphs).toHaveLength(1);
    await compiled.dispose();
  });
});

describe('arguments and results', () => {
  it('are traced again for new shapes, types and numbers', async () => {
    const compiled = compile((input: tf.Tensor, factor: number) => tf.mul(input, factor));
    expect(await read(await compiled(tf.tensor1d([1, 2]), 3))).toEqual([3, 6]);
    expect(await read(await compiled(tf.tensor1d([4, 5]), 3))).toEqual([12, 15]);
    expect(compiled.graphs).toHaveLength(1);
    expect(await read(await compiled(tf.tensor2d([[1], [2]]), 3))).toEqual([3, 6]);
    expect(await read(await compiled(tf.tensor1d([1, 2]), 4))).toEqual([4, 8]);
    expect(await read(await compiled(tf.tensor1d([1, 2], 'int32'), 4))).toEqual([4, 8]);
    expect(compiled.graphs).toHaveLength(4);
    await compiled.dispose();
    const named = compile((...names: string[]) => tf.scalar(names.length));
    expect(await read(await named('a', 'b'))).toEqual([2]);
    expect(await read(await named('a,string:b'))).toEqual([1]);
    expect(await read(await named('a","b'))).toEqual([1]);
    await named.dispose();
  });

  it('may be nested, and data instead of tensors', async () => {
    const compiled = compile(({ images, masks }: { images: tf.Tensor[]; masks: { valid: tf.Tensor } }) => ({
      sums: images.map((image) => tf.sum(tf.mul(image, tf.cast(masks.valid, 'float32')))),
      label: 'unchanged',
      isValid: masks.valid,
    }));
    const data = (...values: number[]) => ({ data: Float32Array.from(values), shape: [2] });
    const result = await compiled({
      images: [data(1, 2), data(3, 4)],
      masks: { valid: { data: Uint8Array.of(1, 0), shape: [2], dtype: 'bool' } },
    });
    expect(result.label).toBe('unchanged');
    expect(await Promise.all(result.sums.map(read))).toEqual([[1], [3]]);
    expect(result.isValid.dtype).toBe('bool');
    expect(Array.from(await result.isValid.data())).toEqual([1, 0]);
    await compiled.dispose();
  });

  it('are tensors that any backend computes with', async () => {
    const compiled = compile((input: tf.Tensor) => tf.mul(input, 2));
    const first = await compiled(tf.tensor1d([1, 2]));
    const sum = tf.add(first, tf.tensor1d([10, 10]));
    expect(await read(await compiled(sum))).toEqual([24, 28]);
    expect(await read(tf.transpose(first))).toEqual([2, 4]);
    await compiled.dispose();
  });

  it('may be disposed as soon as the call was made', async () => {
    const compiled = compile((input: tf.Tensor) => tf.mul(input, 2));
    const result = tf.tidy(() => {
      const input = tf.tensor1d([1, 2]);
      const promise = compiled(input);
      return { promise } as unknown as tf.TensorContainer;
    }) as unknown as { promise: Promise<tf.Tensor> };
    expect(await read(await result.promise)).toEqual([2, 4]);
    await compiled.dispose();
  });

  it('may be large, and asked for before the answers to others', async () => {
    const rowSums = compile((x: tf.Tensor2D, factor: tf.Scalar) => tf.mul(tf.sum(x, 1), factor));
    const pass = compile((x: tf.Tensor2D) => tf.relu(x));
    const data = (value: number) => ({ data: new Float32Array(2 * 30_000).fill(value), shape: [2, 30_000] });
    const sums = await Promise.all([1, 2, 3].map((value) => rowSums(data(value), scalar(2))));
    expect(await Promise.all(sums.map(read))).toEqual([1, 2, 3].map((value) => new Array(2).fill(60_000 * value)));
    // A result is no part of the memory that the next inputs are put into.
    const first = await pass(data(5));
    const second = await pass(data(7));
    expect(new Set(await read(first))).toEqual(new Set([5]));
    expect(new Set(await read(second))).toEqual(new Set([7]));
    await rowSums.dispose();
    await pass.dispose();
  });

  it('may be the same tensor, an input or a constant', async () => {
    const constant = tf.tensor1d([7, 8]);
    const compiled = compile((input: tf.Tensor) => {
      const result = tf.neg(input);
      return [result, result, input, constant, tf.ones([2])];
    });
    const results = await compiled(tf.tensor1d([1, 2]));
    expect(await Promise.all(results.map(read))).toEqual([
      [-1, -2],
      [-1, -2],
      [1, 2],
      [7, 8],
      [1, 1],
    ]);
    await compiled.dispose();
  });
});

it('shares constant weights between shapes, and reads them once', async () => {
  const convolution = new Conv2d({ inChannels: 3, outChannels: 16, kernelSize: 5 });
  convolution.freeze();
  const compiled = compile((input: tf.Tensor4D) => convolution.forward(input));
  for (const size of [8, 9]) {
    const input = numbers([1, size, size, 3]) as tf.Tensor4D;
    const [actual, expected] = [await read(await compiled(input)), await read(convolution.forward(input))];
    expectClose(actual, expected, 0.5e-4);
  }
  await compiled.dispose();
});

describe('errors', () => {
  const input = () => tf.tensor1d([1, 2, 3]);
  const failure = async (fn: (x: tf.Tensor) => unknown, options = {}) => {
    const compiled = compile(fn, options);
    const error = await compiled(input()).then(
      () => undefined,
      (reason: Error) => reason,
    );
    await compiled.dispose();
    return error?.message;
  };

  it('names a kernel that has no translation, and the line that uses it', async () => {
    const message = await failure((x) => tf.unique(x as tf.Tensor1D).values);
    expect(message).toContain('The TensorFlow.js kernel "Unique" has no translation into ONNX');
    expect(message).toMatch(/compile\.test\.ts:\d+:\d+/);
  });

  it('refuses to read values while tracing', async () => {
    expect(await failure((x) => tf.mul(x, x.dataSync()[0]!))).toMatch(
      /dataSync\(\) reads a value while the function is traced, at .*compile\.test\.ts/,
    );
    const forgetful = (x: tf.Tensor) => {
      x.data();
      return tf.neg(x);
    };
    expect(await failure(forgetful)).toMatch(/data\(\) reads a value while the function is traced/);
    expect(await failure(async (x) => tf.mul(x, (await x.data())[0]!))).toMatch(
      /data\(\) reads a value|must not be async/,
    );
    expect(await failure(async (x) => tf.neg(x))).toContain('must not be async');
  });

  it('leaves the backend and the variables as they were', async () => {
    const variable = tf.variable(tf.scalar(5));
    const backend = tf.getBackend();
    const numTensors = tf.memory().numTensors;
    const message = await failure(() => {
      variable.assign(tf.scalar(6));
      throw new Error('on purpose');
    });
    expect(message).toBe('on purpose');
    expect(tf.getBackend()).toBe(backend);
    expect(variable.dataSync()[0]).toBe(5);
    expect(tf.memory().numTensors).toBe(numTensors + 1);
    variable.dispose();
  });

  it('refuses tensors that were left over from tracing', async () => {
    let kept: tf.Tensor | undefined;
    const compiled = compile((x: tf.Tensor) => {
      kept ??= tf.keep(tf.neg(x));
      return tf.add(x, kept);
    });
    (await compiled(input())).dispose();
    await expect(compiled(tf.tensor1d([1]))).rejects.toThrow(
      'may only keep tensors by returning them or by assigning them to a variable',
    );
    await compiled.dispose();
  });

  it('refuses numbers that change for ever, and too many shapes', async () => {
    const compiled = compile((x: tf.Tensor, { rate }: { rate: number }) => tf.mul(x, rate), { maximumGraphs: 9 });
    for (let rate = 1; rate <= 8; rate++) (await compiled(input(), { rate })).dispose();
    await expect(compiled(input(), { rate: 9 })).rejects.toThrow('Pass numbers that change as tensors');
    (await compiled(input(), { rate: 8 })).dispose();
    (await compiled(tf.tensor1d([1]), { rate: 9 })).dispose();
    await expect(compiled(tf.tensor1d([1, 2]), { rate: 9 })).rejects.toThrow('Bring the inputs to few sizes');
    await compiled.dispose();
  });

  it('refuses what is no device, no data, or disposed', async () => {
    expect(() => compile((x: tf.Tensor) => x, { device: 'tpu' as never })).toThrow('Unknown device "tpu"');
    expect(() => compile((x: tf.Tensor) => x, { threads: 0 })).toThrow(
      'threads must be an integer from 1 to 1024, got 0',
    );
    const compiled = compile((x: tf.Tensor) => tf.neg(x));
    await expect(compiled({ data: Float32Array.of(1), shape: [2] })).rejects.toThrow('expects 2 values, got 1');
    await compiled.dispose();
    await expect(compiled(input())).rejects.toThrow('was disposed');
    const variable = tf.variable(tf.scalar(1));
    const reading = compile(() => tf.neg(variable));
    await reading();
    variable.dispose();
    await expect(reading()).rejects.toThrow('which was disposed');
    await reading.dispose();
  });

  it('refuses cuda where its libraries are missing', async () => {
    const message = await failure((x) => tf.neg(x), { device: 'cuda' });
    // A machine that has them computes instead.
    if (message !== undefined) expect(message).toContain('"cuda"');
  });
});
