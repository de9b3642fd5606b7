import { gelu, LayerNorm, Linear, MultiHeadAttention, manualSeed } from '@llm-mde/nn';
import { webgpuEnvironment } from '@llm-mde/tooling-vitest/devices';
import { numbers } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import { expectClose } from '@llm-mde/tooling-vitest/testing/expect-close';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type CompileDevice, type CompiledFunction, compile } from './index.js';

// A software adapter where there is no GPU: slow, but it runs every operator.
Object.assign(process.env, webgpuEnvironment());

const hasAdapter = await compile((x: tf.Tensor) => tf.neg(x), { device: 'webgpu' })({
  data: Float32Array.of(1),
  shape: [1],
}).then(
  () => true,
  () => false,
);

describe.skipIf(!hasAdapter)('on WebGPU (skipped where there is no adapter)', () => {
  const network = () => {
    manualSeed(5);
    const [norm, attention] = [new LayerNorm(8), new MultiHeadAttention({ embedDim: 8, headCount: 2 })];
    const down = new Linear(8, 4);
    const variables = [norm, attention, down].flatMap((module) => module.trainableVariables());
    const forward = (x: tf.Tensor3D) => down.forward(gelu(attention.forward(norm.forward(x))));
    const step = (x: tf.Tensor3D, rate: tf.Tensor) =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(
          () => tf.mean(tf.square(tf.sub(forward(x), 1))) as tf.Scalar,
          variables,
        );
        for (const variable of variables) variable.assign(tf.sub(variable, tf.mul(grads[variable.name]!, rate)));
        return value;
      });
    return { forward, step, variables };
  };
  const x = numbers([2, 5, 8]) as tf.Tensor3D;
  const rate = { data: Float32Array.of(0.1), shape: [] };
  const read = async (tensor: tf.Tensor) => {
    const values = [...(await tensor.data())];
    tensor.dispose();
    return values;
  };

  it('convolves any number of channels', async () => {
    const sizes = [3, 5, 6, 9, 12, 15].flatMap((channels) => [1, 2, 3].map((size) => [channels, size] as const));
    const inputs = sizes.flatMap(([channels, size]) => [
      numbers([2, 4, 4, channels], size),
      numbers([size, size, channels, 8], channels),
    ]);
    const convolve = (...tensors: tf.Tensor[]) =>
      sizes.map(([, size], index) => {
        const [x, filter] = tensors.slice(2 * index) as [tf.Tensor4D, tf.Tensor4D];
        return tf.conv2d(x, filter, size === 2 ? 2 : 1, 'same');
      });
    const compute = async (device: CompileDevice) => {
      const compiled = compile(convolve, { device });
      const results = await Promise.all((await compiled(...inputs)).map(read));
      await compiled.dispose();
      return results;
    };
    const [expected, actual] = [await compute('cpu'), await compute('webgpu')];
    for (const [index, [channels, size]] of sizes.entries()) {
      const errors = expected[index]!.map((value, position) => Math.abs(value - actual[index]![position]!));
      expect(Math.max(...errors), `${channels} channels, ${size}×${size}`).toBeLessThan(1e-4);
    }
  });

  it('trains as on the CPU, and gives variables back', async () => {
    const train = async (device: CompileDevice) => {
      const { step, forward, variables } = network();
      const compiled = compile(step, { device });
      const predict = compile(forward, { device });
      const losses: number[] = [];
      for (let count = 0; count < 4; count++) losses.push(...(await read(await compiled(x, rate))));
      const prediction = await read(await predict(x));
      const weight = [...(await variables[2]!.data())];
      // The variables lie in memory that the training step's session made; the prediction goes on with them.
      await compiled.dispose();
      expect(await read(await predict(x))).toEqual(prediction);
      await predict.dispose();
      expect([...variables[2]!.dataSync()]).toEqual(weight);
      return [...losses, ...prediction, ...weight];
    };
    const expected = await train('cpu');
    const actual = await train('webgpu');
    expectClose(actual, expected, 1e-4);
  });

  it('computes what else differs by provider', async () => {
    const program = (a: tf.Tensor, b: tf.Tensor, image: tf.Tensor, ids: tf.Tensor) => [
      tf.matMul(a, b, true, true),
      tf.matMul(tf.reshape(a, [2, 3, 4]), tf.reshape(b, [2, 3, 4]), false, true),
      tf.conv2d(image as tf.Tensor4D, tf.ones([3, 3, 2, 4]), 2, 'same'),
      tf.grad((input) => tf.sum(tf.square(tf.conv2d(input as tf.Tensor4D, tf.ones([3, 3, 2, 4]), 2, 'same'))))(image),
      tf.unsortedSegmentSum(a, ids as tf.Tensor1D, 3),
      tf.cast(tf.greater(a, 0), 'float32'),
    ];
    const inputs = [numbers([6, 4]), numbers([4, 6]), numbers([1, 5, 5, 2]), tf.tensor1d([0, 2, 2, 5, -1, 1], 'int32')];
    const results = async (device: CompileDevice) => {
      const compiled: CompiledFunction<tf.Tensor[], tf.Tensor[]> = compile(
        program as (...args: tf.Tensor[]) => tf.Tensor[],
        { device },
      );
      const values = await Promise.all((await compiled(...inputs)).map(read));
      await compiled.dispose();
      return values.flat();
    };
    const expected = await results('cpu');
    const actual = await results('webgpu');
    expect(actual).toHaveLength(expected.length);
    expectClose(actual, expected, 1e-4);
  });
});
