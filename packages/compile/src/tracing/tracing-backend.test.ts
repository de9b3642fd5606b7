import { BatchNorm2d, Conv2d, LayerNorm, Linear, manualSeed } from '@llm-mde/nn';
import { numbers } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../index.js';
import { BACKEND_NAME } from './tracing-backend.js';

await tf.ready();
const device = tf.getBackend();

async function on<T>(backend: string, run: () => Promise<T>): Promise<T> {
  await tf.setBackend(backend);
  try {
    return await run();
  } finally {
    await tf.setBackend(BACKEND_NAME);
  }
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  Array.from(actual).forEach((value, index) => {
    expect(Math.abs(value - expected[index]!)).toBeLessThan(1e-4 * (1 + Math.abs(expected[index]!)));
  });
}

describe('the backend by itself', () => {
  beforeAll(() => tf.setBackend(BACKEND_NAME));
  afterAll(() => tf.setBackend(device));

  it('computes when results are read, at once or awaited', async () => {
    const numTensors = tf.memory().numTensors;
    const [first, second] = tf.tidy(() => {
      const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      return [tf.matMul(x, x), tf.softmax(tf.mul(x, tf.fill([2, 2], 0)))];
    });
    expect(Array.from(first!.dataSync())).toEqual([7, 10, 15, 22]);
    const third = tf.add(first!, second!);
    expect(Array.from(await third.data())).toEqual([7.5, 10.5, 15.5, 22.5]);
    expect(Array.from(await tf.argMax(third, -1).data())).toEqual([1, 1]);
    tf.dispose([first, second, third] as tf.Tensor[]);
    expect(tf.memory().numTensors).toBe(numTensors + 1);
  });

  it('trains', async () => {
    const train = async () => {
      manualSeed(2);
      const [up, norm, down] = [new Linear(4, 8), new LayerNorm(8), new Linear(8, 2)];
      const variables = [up, norm, down].flatMap((module) => module.trainableVariables());
      const x = numbers([6, 4]) as tf.Tensor2D;
      const optimizer = tf.train.adam(0.01);
      const losses: number[] = [];
      for (let step = 0; step < 8; step++) {
        const loss = optimizer.minimize(
          () => tf.mean(tf.square(tf.sub(down.forward(norm.forward(up.forward(x))), 1))) as tf.Scalar,
          true,
          variables,
        )!;
        losses.push((await loss.data())[0]!);
        loss.dispose();
      }
      return losses;
    };
    expectClose(await train(), await on(device, train));
  });

  it('holds modules, with parameters that do not lie as they are loaded', async () => {
    const module = new Conv2d({ inChannels: 2, outChannels: 3, kernelSize: 3, padding: 1 });
    const values = Float32Array.from({ length: 54 }, (_, index) => Math.sin(index));
    module.weight.load(values);
    const x = numbers([1, 5, 5, 2]) as tf.Tensor4D;
    const actual = await module.forward(x).data();
    const state = await module.stateDict();
    expect(state.get('weight')!.data).toEqual(values);
    const expected = await on(device, async () => {
      const other = new Conv2d({ inChannels: 2, outChannels: 3, kernelSize: 3, padding: 1 });
      await other.loadStateDict(state);
      return other.forward(numbers([1, 5, 5, 2]) as tf.Tensor4D).data();
    });
    expectClose(actual, expected);
  });

  it('keeps computations small in a loop whose results nobody reads', () => {
    let x = tf.tensor1d([0]);
    for (let step = 0; step < 6000; step++) {
      const next = tf.add(x, 1) as tf.Tensor1D;
      x.dispose();
      x = next;
    }
    expect(x.dataSync()[0]).toBe(6000);
  });

  it('compiles functions, whose frozen weights then lie in the file that the session reads', async () => {
    const linear = new Linear(64, 64);
    linear.freeze();
    const norm = new BatchNorm2d(64);
    const forward = (x: tf.Tensor2D) => norm.forward(tf.reshape(linear.forward(x), [-1, 1, 1, 64]) as tf.Tensor4D);
    const compiled = compile(forward);
    const before = await linear.weight.value.data();
    const x = numbers([5, 64]) as tf.Tensor2D;
    const result = await compiled(x);
    const state = await norm.stateDict();
    expect(Array.from(state.get('num_batches_tracked')!.data)).toEqual([1]);
    const { weight } = linear;
    expect(weight.value.dataSync()).toEqual(before);
    expect(weight.value.dataSync()).not.toBe(weight.value.dataSync());
    expect(await weight.read()).toEqual(before);
    // Computed again without compiling, from a weight that comes out of the file.
    expectClose(await forward(x).data(), await result.data());
    // And for another shape, out of the same file.
    expectClose(
      await (await compiled(numbers([3, 64]) as tf.Tensor2D)).data(),
      await forward(numbers([3, 64]) as tf.Tensor2D).data(),
    );
    await compiled.dispose();
    expectClose(await norm.runningMean.value.data(), norm.runningMean.value.dataSync());
  });

  it('computes with the same weights again and again', async () => {
    const weight = numbers([32, 32], 6) as tf.Tensor2D;
    const expected = await on(device, () =>
      tf.matMul(numbers([2, 32]) as tf.Tensor2D, numbers([32, 32], 6) as tf.Tensor2D).data(),
    );
    for (let call = 0; call < 4; call++) {
      expectClose(await tf.matMul(numbers([2, 32]) as tf.Tensor2D, weight).data(), expected);
    }
    expect(Array.from(weight.dataSync())).toEqual(Array.from(await numbers([32, 32], 6).data()));
  });

  it('reads a variable that a compiled function updates as it was when asked', async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const double = compile(() => variable.assign(tf.mul(variable, 2)));
    await double();
    const sum = tf.sum(variable);
    await double();
    expect((await sum.data())[0]).toBe(6);
    expect(tf.sum(variable).dataSync()[0]).toBe(12);
    variable.assign(tf.add(variable, 1));
    await double();
    expect(Array.from(await variable.data())).toEqual([10, 18]);
    await double.dispose();
  });

  it('keeps what another tensor holds of a variable, whatever becomes of that and of the function', async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const double = compile(() => tf.mul(variable, 2));
    expect(Array.from(await (await double()).data())).toEqual([2, 4]);
    const first = variable.clone();
    variable.assign(tf.tensor1d([5, 6]));
    expect(Array.from(await (await double()).data())).toEqual([10, 12]);
    const second = variable.clone();
    variable.dispose();
    await double.dispose();
    expect(Array.from(await first.data())).toEqual([1, 2]);
    expect(Array.from(second.dataSync())).toEqual([5, 6]);
  });

  it('sets frozen weights aside, and computes with them as before', async () => {
    manualSeed(5);
    const [frozen, trained] = [new Linear(256, 256), new Linear(256, 256)];
    const expected = await frozen.weight.read();
    // Both ways: freezing what has values, and loading what is frozen.
    frozen.freeze();
    trained.freeze();
    trained.weight.load(expected);
    const x = numbers([3, 256]) as tf.Tensor2D;
    const sum = compile((input: tf.Tensor2D) => tf.sum(trained.forward(input)));
    for (const linear of [frozen, trained]) {
      const { weight } = linear;
      // Out of a file: nobody holds the array.
      expect(weight.value.dataSync()).not.toBe(weight.value.dataSync());
      expect(weight.value.dataSync()).toEqual(expected);
      expect(await weight.read()).toEqual(expected);
      const transposed = tf.transpose(weight.value);
      expect(transposed.dataSync()[1]).toBe(expected[256]);
      expect((await tf.matMul(x, transposed).data()).length).toBe(768);
    }
    trained.bias!.load(await frozen.bias!.read());
    const result = tf.sum(frozen.forward(x));
    expectClose(await (await sum(x)).data(), await result.data());
    trained.unfreeze();
    trained.weight.load(new Float32Array(256 * 256));
    expect(frozen.weight.value.dataSync()).toEqual(expected);
    await sum.dispose();
  });

  it('keeps a failure to the tensor that has it', async () => {
    const good = tf.mul(tf.tensor1d([1, 2]), 3);
    const bad = tf.gather(tf.tensor1d([1, 2, 3]), tf.tensor1d([9], 'int32'));
    const worse = tf.add(bad, 1);
    await expect(bad.data()).rejects.toThrow(/Gather/);
    expect([...(await tf.add(good, 1).data())]).toEqual([4, 7]);
    expect([...good.dataSync()]).toEqual([3, 6]);
    expect(() => worse.dataSync()).toThrow(/Gather/);
    expect([...tf.neg(good).dataSync()]).toEqual([-3, -6]);
    await expect(bad.data()).rejects.toThrow(/Gather/);
    tf.dispose([good, bad, worse]);
  });

  it('refuses positions outside of a tensor, also where ONNX counts from the end or the next image begins', async () => {
    const rows = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const ids = (...numbers: number[]) => tf.tensor2d(numbers, [2, 1], 'int32');
    await expect(tf.gather(rows, tf.tensor1d([-1], 'int32')).data()).rejects.toThrow('out of data bounds');
    await expect(tf.gatherND(rows, ids(0, -2)).data()).rejects.toThrow('Gather');
    for (const beyond of [2, -1]) {
      await expect(tf.gather(rows, ids(beyond, 0), 1, 1).data()).rejects.toThrow('out of data bounds');
    }
    expect([...(await tf.gather(rows, ids(1, 0), 1, 1).data())]).toEqual([2, 3]);
  });

  it('takes tensors of other backends', async () => {
    const foreign = await on(device, async () => tf.tensor1d([1, 2, 3]));
    expect(Array.from(tf.mul(foreign, 2).dataSync())).toEqual([2, 4, 6]);
    expect(Array.from(await on(device, () => tf.mul(tf.mul(foreign, 2), 2).data()))).toEqual([4, 8, 12]);
  });
});
