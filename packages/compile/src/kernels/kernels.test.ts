import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import '@llm-mde/nn';
import { gradientsOf, numbers, run } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import { KERNEL_CASES } from '@llm-mde/tooling-vitest/testing/kernel-cases';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CompiledFunction, compile } from '../index.js';
import { expectSame } from '../testing/compare.js';
import { BACKEND_NAME } from '../tracing/tracing-backend.js';

// Keeps the worker alive from one case to the next.
let keeper: CompiledFunction<[tf.Tensor], tf.Tensor>;
beforeAll(async () => {
  keeper = compile((a: tf.Tensor) => tf.neg(a));
  (await keeper({ data: Float32Array.of(1), shape: [1] })).dispose();
});
afterAll(() => keeper.dispose());

// Every kernel against TensorFlow.js' plain JavaScript backend, and its gradient where it has one.
describe('equals eager TensorFlow.js', () => {
  for (const [name, { program, inputs, gradient }] of Object.entries(KERNEL_CASES)) {
    it(name, async () => {
      const given = inputs();
      const before = tf.memory().numTensors;
      await expectSame(program, given);
      if (gradient ?? given.every(({ dtype }) => dtype === 'float32')) await expectSame(gradientsOf(program), given);
      expect(tf.memory().numTensors).toBe(before);
      tf.dispose(given);
    });
  }
});

it('Select takes whole rows by a condition of one axis', async () => {
  const condition = tf.tensor1d([true, false], 'bool');
  const compiled = compile((t: tf.Tensor, e: tf.Tensor) => run('Select', { condition, t, e }, {}));
  const given = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] };
  const result = await compiled(given, { ...given, data: Float32Array.of(-1, -2, -3, -4) });
  expect(Array.from(await result.data())).toEqual([1, 2, -3, -4]);
  await compiled.dispose();
});

describe('has the gradient that differences give', () => {
  const CORRECTED: Record<string, (a: tf.Tensor4D) => tf.Tensor> = {
    'ResizeBilinear, half-pixel centers': (a) => tf.image.resizeBilinear(a, [7, 5], false, true),
    'ResizeBilinear, not square': (a) => tf.image.resizeBilinear(a, [7, 5]),
    'ResizeNearestNeighbor, not square': (a) => tf.image.resizeNearestNeighbor(a, [7, 5]),
    'ResizeNearestNeighbor, corners aligned': (a) => tf.image.resizeNearestNeighbor(a, [5, 5], true),
    'AvgPool, same': (a) => tf.avgPool(a, 2, 2, 'same'),
  };
  it.each(Object.keys(CORRECTED))('%s', async (name) => {
    const loss = (a: tf.Tensor) => {
      const result = CORRECTED[name]!(a as tf.Tensor4D);
      return tf.sum(tf.mul(result, numbers(result.shape, 3))) as tf.Scalar;
    };
    const compiled = compile((a: tf.Tensor) => ({ loss: loss(a), gradient: tf.grad(loss)(a) }));
    // Two: TensorFlow.js' gradient of ResizeNearestNeighbor is wrong behind the first image.
    const given = numbers([2, 3, 2, 1]);
    const values = (await given.data()) as Float32Array;
    const at = (data: Float32Array) => compiled({ data, shape: given.shape });
    const analytic = await (await at(values)).gradient.data();
    const moved = async (index: number, offset: number) => {
      const data = Float32Array.from(values);
      data[index]! += offset;
      return (await (await at(data)).loss.data())[0]!;
    };
    // These are linear, so the differences are exact.
    for (let index = 0; index < values.length; index++) {
      expect((await moved(index, 0.5)) - (await moved(index, -0.5))).toBeCloseTo(analytic[index]!, 5);
    }
    await compiled.dispose();
  });
});

it('are all in the table of the README, and so are those that are missing', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, table] = readme.split('## Kernels');
  const rows = table!.split('\n').filter((line) => line.startsWith('| ') && line.includes('`'));
  const listed = (isMissing: boolean) =>
    rows
      .filter((row) => row.startsWith('| missing') === isMissing)
      .flatMap((row) => [...row.split('|')[2]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!))
      .toSorted();
  const registered = tf.getKernelsForBackend(BACKEND_NAME).map(({ kernelName }) => kernelName);
  const { resolve } = createRequire(import.meta.url);
  const names = resolve('@tensorflow/tfjs-core/package.json').replace('package.json', 'dist/kernel_names.js');
  const known = [...readFileSync(names, 'utf8').matchAll(/export const \w+ = '(\w+)'/g)].map(([, name]) => name!);
  const hint = 'npm run docs -- kernels writes the table';
  expect(listed(false), hint).toEqual(registered.toSorted());
  expect(listed(true), hint).toEqual(known.filter((name) => !registered.includes(name)).toSorted());
});
