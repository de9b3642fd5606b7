import '@tensorflow/tfjs-backend-cpu';
import { numbers } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import { expectClose } from '@llm-mde/tooling-vitest/testing/expect-close';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { CompileError, toOnnx, trace } from '../index.js';

tf.env().set('IS_TEST', true); // Otherwise the backend advises to install another.
await tf.setBackend('cpu');

type Program = (x: tf.Tensor) => tf.Tensor;

/** Whether a program was taken; then it is right at every batch size. */
async function isRightForEveryBatch(program: Program, shape: readonly number[]): Promise<boolean> {
  let graph: ReturnType<typeof trace>;
  try {
    graph = trace((x: tf.Tensor) => ({ y: program(x) }), [{ shape: [1, ...shape] }], { dynamicBatch: true });
  } catch (error) {
    expect(error).toBeInstanceOf(CompileError);
    return false;
  }
  const session = await InferenceSession.create((await toOnnx(graph)).model);
  for (const batch of [1, 2, 3, 5, 16]) {
    const x = numbers([batch, ...shape], batch);
    const expected = tf.tidy(() => program(x));
    const input_0 = new Tensor('float32', (await x.data()) as Float32Array, x.shape);
    const { y } = await session.run({ input_0 });
    expect(y!.dims, `${graph}`).toEqual(expected.shape);
    expectClose(y!.data as Float32Array, await expected.data(), 1e-4);
    tf.dispose([x, expected]);
  }
  await session.release();
  return true;
}

it('keeps apart a size of the model and one of the batch that are equal in a trace', async () => {
  const weight = numbers([6, 3]) as tf.Tensor2D;
  const program: Program = (x) => tf.add(tf.sum(tf.slice(weight, [0, 0], [4, 3])), tf.reshape(x, [x.shape[0]! * 2, 3]));
  expect(await isRightForEveryBatch(program, [2, 3])).toBe(true);
});

it('refuses what does not grow evenly with the batch, and outputs that do not grow at all', async () => {
  const refusal = (program: Program) => () => trace(program, [{ shape: [1, 4] }], { dynamicBatch: true });
  const weight = numbers([6000, 4]) as tf.Tensor2D;
  expect(refusal((x) => tf.tile(x, [x.shape[0]!, 1]))).toThrow("can't be traced for every batch size");
  expect(refusal((x) => tf.slice(x, [0, 0], [Math.min(x.shape[0]!, 50), 4]))).toThrow(
    'how the shape of the output "output" depends on it',
  );
  expect(refusal((x) => tf.concat([x, tf.slice(weight, [0, 0], [x.shape[0]! ** 2, 4])]))).toThrow("can't be traced");
  expect(refusal((x) => tf.sum(x, 0))).toThrow('The output "output" has the shape [4] for every batch size');
});

it('is right for random functions, or refuses them', async () => {
  let state = 7;
  const draw = (count: number) => {
    state = (state * 48271) % 2147483647;
    return state % count;
  };
  // Few sizes, so that they are often equal to each other, and to a batch or a multiple of one.
  const size = () => [2, 3, 4, 6][draw(4)]!;
  let taken = 0;
  for (let round = 0; round < 40; round++) {
    const shape = [size(), size()];
    const steps = Array.from({ length: 2 + draw(4) }, () => [draw(12) % 9, size(), size(), draw(3)] as const);
    const program: Program = (x) => {
      const batch = x.shape[0]!;
      let y = x;
      for (const [kind, a, b, axis] of steps) {
        const each = tf.util.sizeFromShape(y.shape) / batch;
        const along = axis % y.rank;
        const rows = tf.reshape(y, [batch, each]);
        if (kind === 0) y = tf.add(tf.sum(tf.slice(numbers([12, 6]), [0, 0], [2 * a, b])), y);
        else if (kind === 1) y = tf.reshape(y, each % a === 0 ? [batch * a, each / a] : [batch, each]);
        else if (kind === 2) y = tf.transpose(y);
        else if (kind === 3) y = tf.concat([y, tf.mul(y, 2)], along);
        else if (kind === 4) {
          y = tf.tile(
            y,
            y.shape.map((_, index) => (index === along ? a : 1)),
          );
        } else if (kind === 5) y = tf.slice(rows, [0, 0], [batch, Math.min(each, a)]);
        else if (kind === 6) y = tf.reshape(y, [batch * each]);
        else if (kind === 7) y = tf.mean(tf.stack([y, tf.onesLike(y)]), 0);
        else y = tf.matMul(rows, numbers([each, b]) as tf.Tensor2D);
      }
      return y;
    };
    if (await isRightForEveryBatch(program, shape)) taken++;
  }
  expect(taken).toBeGreaterThan(20);
});
