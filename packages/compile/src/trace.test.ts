import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LayerNorm, Linear, MultiHeadAttention } from '@llm-mde/nn';
import { numbers } from '@llm-mde/tooling-vitest/testing/compare-kernels';
import { expectClose } from '@llm-mde/tooling-vitest/testing/expect-close';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { toOnnx, trace, UnsupportedKernelError } from './index.js';
import { lower } from './lowering/lower.js';

describe('a graph', () => {
  it('is text that can be read', () => {
    const weight = tf.variable(tf.tensor2d([1, 2], [2, 1]), true, 'weight');
    const graph = trace(
      ({ pixels }: { pixels: tf.Tensor2D }) => {
        const depth = tf.add(tf.matMul(pixels, weight as tf.Tensor2D), 1);
        weight.assign(tf.mul(weight, 0.5));
        return { depth };
      },
      { pixels: { shape: [3, 2] } },
    );
    expect(graph.toString()).toMatchInlineSnapshot(`
      "input pixels: float32[3,2]
      variable variable_0: float32[2,1] = weight
      constant constant_0: float32[] = 1
      constant constant_1: float32[] = 0.5
      value_0: float32[3,1] = MatrixProduct(pixels, variable_0) {transposeA=0, transposeB=0, scale=1}
      value_1: float32[3,1] = Add(value_0, constant_0)
      value_2: float32[2,1] = Mul(variable_0, constant_1)
      output depth = value_1
      assign weight = value_2"
    `);
    expect(Array.from(weight.dataSync())).toEqual([1, 2]);
    weight.dispose();
  });

  it('can be counted', () => {
    const graph = trace((x: tf.Tensor) => tf.mul(tf.add(tf.exp(x), 1), tf.sub(x, 2)), [{ shape: [2] }]);
    expect(graph.nodes).toHaveLength(4);
    expect(Object.fromEntries(graph.count())).toEqual({ Exp: 1, Add: 1, Sub: 1, Mul: 1 });
  });

  it('names its inputs and outputs after their keys', () => {
    const names = (fn: (...args: never[]) => unknown, inputs: object) => {
      const graph = trace(fn, inputs);
      return [graph.inputs, graph.outputs].map((list) => list.map(({ name }) => name));
    };
    const one = { shape: [2] };
    expect(names((x: tf.Tensor, y: tf.Tensor) => tf.add(x, y), [one, one])).toEqual([
      ['input_0', 'input_1'],
      ['output'],
    ]);
    expect(names((x: tf.Tensor) => [x, x], one)).toEqual([['input_0'], ['output_0', 'output_1']]);
    expect(
      names(({ a, b }: { a: tf.Tensor; b: { c: tf.Tensor } }) => ({ sum: tf.add(a, b.c) }), { a: one, b: { c: one } }),
    ).toEqual([['a', 'b.c'], ['sum']]);
    // ONNX allows each name once.
    expect(names(({ x }: { x: tf.Tensor }) => ({ x: tf.neg(x) }), { x: one })).toEqual([['x'], ['output_x']]);
    const taken = trace(({ value_0 }: { value_0: tf.Tensor }) => tf.neg(tf.exp(value_0)), { value_0: one });
    expect(new Set(taken.names().values()).size).toBe(3);
  });
});

describe('optimizations', () => {
  const nodes = (fn: (x: tf.Tensor) => unknown, shape = [2, 3]) =>
    trace(fn, [{ shape }]).nodes.map(({ operator }) => operator);

  it('leave out what nothing uses', () => {
    const unused = (x: tf.Tensor) => {
      tf.exp(x);
      return tf.neg(x);
    };
    expect(nodes(unused)).toEqual(['Neg']);
  });

  it('compute the same only once', () => {
    expect(nodes((x) => tf.add(tf.exp(tf.mul(x, 2)), tf.exp(tf.mul(x, 2))))).toEqual(['Mul', 'Exp', 'Add']);
  });

  it('fold numbers and splat tensors', () => {
    expect(nodes((x) => tf.mul(x, tf.div(tf.add(tf.ones([2, 3]), 1), 4)))).toEqual(['Mul']);
    expect(nodes((x) => tf.add(tf.mul(x, 1), tf.zerosLike(x)))).toEqual([]);
    expect(nodes((x) => tf.mul(tf.sum(tf.ones([2, 3])), x))).toEqual(['Mul']);
    expect(nodes((x) => tf.grad((input) => tf.sum(input))(x))).toEqual(['Expand']);
  });

  it('merge reshapes and transpositions', () => {
    expect(nodes((x) => tf.reshape(tf.reshape(tf.exp(x), [6]), [3, 2]))).toEqual(['Exp', 'Reshape']);
    expect(nodes((x) => tf.reshape(tf.reshape(tf.exp(x), [6]), [2, 3]))).toEqual(['Exp']);
    expect(nodes((x) => tf.transpose(tf.transpose(x)))).toEqual([]);
  });

  it('keep apart what must not be recognized as the same: see gradient checkpointing', () => {
    const twice = (after: boolean) =>
      trace(
        (x: tf.Tensor, gradient: tf.Tensor) => {
          const again = after ? tf.engine().runKernel<tf.Tensor[]>('LlmMdeAfter', { x, after: gradient })[0]! : x;
          return tf.add(tf.exp(x), tf.exp(again));
        },
        [{ shape: [2] }, { shape: [3] }],
      ).count();
    expect(twice(false).get('Exp')).toBe(1);
    expect(twice(true).get('Exp')).toBe(2);
  });
});

describe('lowering', () => {
  const graph = () =>
    trace(
      (a: tf.Tensor, b: tf.Tensor) => [
        tf.matMul(a, b, false, true),
        tf.matMul(tf.reshape(a, [1, 2, 3]), tf.reshape(b, [1, 2, 3]), true),
        tf.matMul(a, tf.transpose(b)),
      ],
      [{ shape: [2, 3] }, { shape: [2, 3] }],
    );
  const operators = (target: 'cpu' | 'webgpu' | 'standard') =>
    lower(graph(), target).nodes.map(({ operator }) => operator);

  it('reads transposed matrices in place on the CPU', () => {
    expect(operators('cpu')).toEqual(['FusedMatMul', 'Reshape', 'Reshape', 'FusedMatMul', 'Transpose', 'MatMul']);
  });

  it('uses standard operators elsewhere', () => {
    const expected = ['Gemm', 'Reshape', 'Reshape', 'Transpose', 'MatMul', 'Transpose', 'MatMul'];
    expect(operators('webgpu')).toEqual(expected);
    expect(operators('standard')).toEqual(expected);
    const linear = trace(
      (x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor) => tf.add(bias, tf.matMul(x, weight, false, true)),
      [{ shape: [2, 3] }, { shape: [4, 3] }, { shape: [4] }],
    );
    expect(lower(linear, 'standard').nodes.map(({ operator, inputs }) => [operator, ...inputs])).toEqual([
      ['Gemm', 'input_0', 'input_1', 'input_2'],
    ]);
    expect(lower(graph(), 'standard').nodes.every(({ domain }) => domain === '')).toBe(true);
  });
});

describe('toOnnx', () => {
  const folder = temporaryFolder();
  const x = () => numbers([4, 32]);
  const network = () => {
    const [norm, linear] = [new LayerNorm(32), new Linear(32, 32)];
    linear.freeze();
    return (input: tf.Tensor) => linear.forward(norm.forward(input));
  };
  const output = async (model: string | Uint8Array) => {
    const session = await InferenceSession.create(model as string);
    const { features } = await session.run({
      pixels: new Tensor('float32', (await x().data()) as Float32Array, [4, 32]),
    });
    return features!.data as Float32Array;
  };

  it('is one file, or two with external weights, of the same model', async () => {
    const forward = network();
    const graph = trace(({ pixels }: { pixels: tf.Tensor }) => ({ features: forward(pixels) }), { pixels: x() });
    const { model: bytes, data: none } = await toOnnx(graph);
    expect(none).toBeUndefined();
    const { model: small, data } = await toOnnx(graph, { externalData: true });
    expect(small.length).toBeLessThan(2000);
    expect(data!.name).toBe('model.onnx.data');
    const two = join(folder.path, 'two.onnx');
    await writeFile(two, small);
    await writeFile(join(folder.path, data!.name), data!.parts);
    const expected = await forward(x()).data();
    for (const model of [bytes, two]) {
      expectClose(await output(model), expected, 0.5e-5);
    }
  });

  it('takes batches of any size, where the function does', async () => {
    const attention = new MultiHeadAttention({ embedDim: 8, headCount: 2 });
    const start = tf.variable(numbers([1, 1, 8], 4));
    const model = ({ images }: { images: tf.Tensor4D }) => {
      const [batch] = images.shape;
      const patches = tf.reshape(images, [batch, 4, 8]);
      const tokens = tf.concat([tf.tile(start, [batch, 1, 1]), patches], 1) as tf.Tensor3D;
      const attended = tf.slice(attention.forward(tokens), [0, 1, 0], [batch, 4, 8]);
      return { depth: tf.reshape(attended, [batch * 4, 8]), mean: tf.mean(attended, [1, 2]) };
    };
    const graph = trace(model, { images: { shape: [1, 2, 4, 4] } }, { dynamicBatch: true });
    expect(graph.toString()).toContain('input images: float32[batch,2,4,4]');
    const session = await InferenceSession.create((await toOnnx(graph)).model);
    for (const batch of [1, 2, 5]) {
      const images = numbers([batch, 2, 4, 4], batch) as tf.Tensor4D;
      const results = await session.run({
        images: new Tensor('float32', (await images.data()) as Float32Array, images.shape),
      });
      for (const [name, expected] of Object.entries(model({ images }))) {
        expect(results[name]!.dims).toEqual(expected.shape);
        const values = await expected.data();
        expectClose(results[name]!.data as Float32Array, values, 0.5e-5);
      }
    }
    const uneven = (x: tf.Tensor) => tf.mul(x, x.shape[0]!);
    expect(() => trace(uneven, [{ shape: [1, 2] }], { dynamicBatch: true })).toThrow(
      "can't be traced for every batch size",
    );
  });

  it('casts inputs that are int64, and names the second file as asked', async () => {
    const embeddings = numbers([300, 4]) as tf.Tensor2D;
    const graph = trace(({ ids }: { ids: tf.Tensor1D }) => ({ words: tf.gather(embeddings, ids) }), {
      ids: { shape: [2], dtype: 'int64' },
    });
    const { model, data } = await toOnnx(graph, { externalData: true, dataFile: 'words.onnx_data' });
    expect(data!.name).toBe('words.onnx_data');
    const file = join(folder.path, 'words.onnx');
    await writeFile(file, model);
    await writeFile(join(folder.path, data!.name), data!.parts);
    const session = await InferenceSession.create(file);
    const { words } = await session.run({ ids: new Tensor('int64', BigInt64Array.of(7n, 2n), [2]) });
    const expected = await tf.gather(embeddings, [7, 2]).data();
    expect([...(words!.data as Float32Array)]).toEqual([...expected]);
  });

  it('has the values that variables have when it is called', async () => {
    const variable = tf.variable(tf.scalar(2));
    const graph = trace(({ pixels }: { pixels: tf.Tensor }) => ({ features: tf.mul(pixels, variable) }), {
      pixels: x(),
    });
    variable.assign(tf.scalar(3));
    const [expected] = await tf.mul(x(), 3).data();
    expect((await output((await toOnnx(graph)).model))[0]).toBeCloseTo(expected!, 6);
    variable.dispose();
  });
});

it('says which kernel has no translation', () => {
  try {
    trace((x: tf.Tensor1D) => tf.unique(x).values, { shape: [3] });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(UnsupportedKernelError);
    expect((error as UnsupportedKernelError).kernelName).toBe('Unique');
    expect((error as UnsupportedKernelError).location).toContain('trace.test.ts');
  }
});
