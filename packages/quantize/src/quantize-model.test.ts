import * as web from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { QuantizeError } from './error.js';
import { readPart } from './format/content.js';
import { MessageParts } from './format/fields.js';
import { Attribute, Node } from './format/graph.js';
import { Tensor } from './format/tensor.js';
import { BOOL, FLOAT, INT64 } from './format/types.js';
import { MODES, type Mode } from './modes.js';
import { quantizeModel } from './quantize-model.js';
import { buildModel, encodeGraph, floatTensor, inOne, randomValues, randomWeight } from './testing/build-model.js';
import { readModel } from './testing/read-bytes.js';
import { relativeError, runModel } from './testing/run-model.js';

/** The relative error of one product with normally distributed values, as the README says. */
const ERRORS: Record<Mode, number> = {
  fp16: 2e-3,
  q8: 2e-2,
  int8: 2e-2,
  uint8: 2e-2,
  q4: 0.12,
  q4f16: 0.12,
  bnb4: 0.12,
};
const NOT_PRODUCTS: readonly Mode[] = ['fp16'];
const PRODUCTS = MODES.filter((mode) => !NOT_PRODUCTS.includes(mode));

const x = { data: randomValues(2 * 3 * 64), dims: [2, 3, 64] };
const matrix = { data: randomValues(6 * 64), dims: [6, 64] };

const product = buildModel({
  nodes: [Node.create('MatMul', ['x', 'weight'], ['y'], { name: 'product' })],
  weights: [randomWeight('weight', [64, 48])],
  inputs: { x: [FLOAT, ['batch', 3, 64]] },
  outputs: { y: [FLOAT, ['batch', 3, 48]] },
});

async function errorOf(model: Uint8Array, mode: Mode, inputs: Parameters<typeof runModel>[1], options = {}) {
  const quantized = await quantizeModel(model, { mode, ...options });
  const [expected, found] = [await runModel(model, inputs), await runModel(quantized, inputs)];
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  return Math.max(...Object.keys(expected).map((name) => relativeError(found[name]!, expected[name]!)));
}

async function operatorsOf(model: Uint8Array) {
  return (await readModel(model)).graph.nodes.map(({ operator }) => operator);
}

describe.each(MODES)('%s', (mode) => {
  it('multiplies batches of matrices by a constant one', async () => {
    const quantized = await quantizeModel(product, { mode });
    expect(quantized.length).toBeLessThan(product.length);
    const error = await errorOf(product, mode, { x });
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(ERRORS[mode]);
  });

  it('does so in browsers too', async () => {
    web.env.wasm.numThreads = 1;
    const quantized = await quantizeModel(product, { mode });
    const [{ y: expected }, { y }] = [await runModel(product, { x }), await runModel(quantized, { x }, web as never)];
    expect(relativeError(y!, expected!)).toBeLessThan(ERRORS[mode]);
  });

  it.each([
    ['a transposed weight and factors', { alpha: 0.5, beta: 2, transB: 1 }],
    ['neither', {}],
    ['a transposed input', { transA: 1 }],
    ['one of which is zero', { beta: 0 }],
  ])('takes Gemm with %s', async (_, { alpha = 1, beta = 1, transA = 0, transB = 0 }: Record<string, number>) => {
    const attributes = [float('alpha', alpha), float('beta', beta)];
    attributes.push(Attribute.integer('transA', transA), Attribute.integer('transB', transB));
    const model = buildModel({
      nodes: [Node.create('Gemm', ['x', 'weight', 'bias'], ['y'], { name: 'gemm', attributes })],
      weights: [randomWeight('weight', transB ? [48, 64] : [64, 48]), randomWeight('bias', [48], 1)],
      inputs: { x: [FLOAT, transA ? [64, 6] : [6, 64]] },
      outputs: { y: [FLOAT, [6, 48]] },
    });
    if (mode !== 'fp16') expect(await operatorsOf(await quantizeModel(model, { mode }))).not.toContain('Gemm');
    const input = { data: matrix.data, dims: transA ? [64, 6] : [6, 64] };
    expect(await errorOf(model, mode, { x: input })).toBeLessThan(ERRORS[mode]);
  });

  it('quantizes a weight once that is read twice, also through Transpose', async () => {
    const model = buildModel({
      nodes: [
        Node.create('Transpose', ['weight'], ['turned'], { attributes: [Attribute.integers('perm', [1, 0])] }),
        Node.create('MatMul', ['x', 'turned'], ['a']),
        Node.create('Relu', ['a'], ['b']),
        Node.create('MatMul', ['b', 'turned'], ['c']),
        Node.create('MatMul', ['x', 'turned'], ['d']),
      ],
      weights: [randomWeight('weight', [64, 64])],
      inputs: { x: [FLOAT, [6, 64]] },
      outputs: { c: [FLOAT, [6, 64]], d: [FLOAT, [6, 64]] },
    });
    const quantized = await quantizeModel(model, { mode });
    expect(quantized.length).toBeLessThan(model.length * 0.55);
    expect(await errorOf(model, mode, { x: matrix })).toBeLessThan(1.6 * ERRORS[mode]);
  });

  it('reaches into subgraphs, which read weights of the graph around them', async () => {
    const branch = (nodes: Node[], output: string, weights: Tensor[] = []) =>
      inOne(encodeGraph({ nodes, weights, outputs: { [output]: [FLOAT, [6, 48]] } }));
    const constant = Node.create('Constant', [], ['own'], {
      attributes: [tensor('value', randomWeight('', [64, 48]))],
    });
    const model = buildModel({
      nodes: [
        Node.create('Mul', ['x', 'two'], ['doubled']),
        Node.create('If', ['which'], ['y'], {
          attributes: [
            graph('then_branch', branch([Node.create('MatMul', ['doubled', 'weight'], ['p'])], 'p')),
            graph('else_branch', branch([constant, Node.create('MatMul', ['x', 'own'], ['q'])], 'q')),
          ],
        }),
      ],
      weights: [randomWeight('weight', [64, 48]), floatTensor('two', [], Float32Array.of(2))],
      inputs: { x: [FLOAT, [6, 64]], which: [BOOL, []] },
      outputs: { y: [FLOAT, [6, 48]] },
    });
    for (const which of [0, 1]) {
      const inputs = { x: matrix, which: { data: Uint8Array.of(which), dims: [] } };
      expect(await errorOf(model, mode, inputs)).toBeLessThan(ERRORS[mode]);
    }
    const quantized = await readModel(await quantizeModel(model, { mode }));
    const inside = quantized.graph.nodes.flatMap(({ subgraphs }) => subgraphs.flatMap(({ nodes }) => nodes));
    if (mode !== 'fp16') expect(inside.map(({ operator }) => operator)).not.toContain('MatMul');
  });

  it('keeps unknown operators, attributes and fields byte for byte', async () => {
    const unknown = inOne(
      new MessageParts()
        .text(1, 'n')
        .text(2, 'counts')
        .text(4, 'Count')
        .text(7, 'example.org')
        .content(5, new MessageParts().text(1, 'secret').text(4, 'as it is').integer(20, 3).integer(99, 7).parts)
        .integer(1234, -5).parts,
    );
    const model = buildModel(
      {
        nodes: [unknown, Node.create('MatMul', ['x', 'weight'], ['y'])],
        weights: [randomWeight('weight', [64, 48])],
        inputs: { x: [FLOAT, [6, 64]], n: [INT64, [1]] },
        outputs: { y: [FLOAT, [6, 48]], counts: [INT64, [1]] },
      },
      { domains: ['example.org'] },
    );
    const own = new MessageParts().content(77, [new TextEncoder().encode('unknown to ONNX')]).parts;
    const quantized = Buffer.from(await quantizeModel(inOne([model, ...own]), { mode }));
    expect(quantized.includes(Buffer.from(unknown))).toBe(true);
    expect(quantized.includes(Buffer.from(inOne(own)))).toBe(true);
    expect(quantized.includes('a test')).toBe(true);
  });
});

describe('eight bits', () => {
  it('takes batches of weights', async () => {
    const model = buildModel({
      nodes: [Node.create('MatMul', ['x', 'weight'], ['y'])],
      weights: [randomWeight('weight', [2, 64, 48])],
      inputs: { x: [FLOAT, [2, 3, 64]] },
      outputs: { y: [FLOAT, [2, 3, 48]] },
    });
    expect(await errorOf(model, 'q8', { x })).toBeLessThan(ERRORS.q8);
    expect(await errorOf(model, 'q8', { x }, { perChannel: true })).toBeLessThan(ERRORS.q8);
  });

  it('has a scale a column, which columns of different size need', async () => {
    const values = randomValues(64 * 48).map((value, index) => value * (index % 48 === 0 ? 100 : 1));
    const model = buildModel({
      nodes: [
        Node.create('MatMul', ['x', 'weight'], ['all']),
        Node.create('Slice', ['all', 'start', 'end', 'axis'], ['y']),
      ],
      weights: [
        floatTensor('weight', [64, 48], values),
        integers('start', 1),
        integers('end', 48),
        integers('axis', 2),
      ],
      inputs: { x: [FLOAT, [2, 3, 64]] },
      outputs: { y: [FLOAT, [2, 3, 47]] },
    });
    for (const mode of ['int8', 'uint8'] as const) {
      expect(await errorOf(model, mode, { x })).toBeGreaterThan(0.2);
      expect(await errorOf(model, mode, { x }, { perChannel: true })).toBeLessThan(0.02);
    }
  });

  it('has weights of seven bits where the range is reduced', async () => {
    const { graph } = await readModel(await quantizeModel(product, { mode: 'int8', reduceRange: true }));
    const weight = await readPart(graph.initializers[0]!.values);
    expect(Math.max(...new Int8Array(weight).map(Math.abs))).toBe(64);
    expect(await errorOf(product, 'int8', { x }, { reduceRange: true })).toBeLessThan(2 * ERRORS.int8);
  });

  it('keeps tables of Gather, and leaves Conv and excluded nodes alone', async () => {
    const model = buildModel({
      nodes: [
        Node.create('Gather', ['table', 'ids'], ['rows']),
        Node.create('MatMul', ['rows', 'weight'], ['hidden']),
        Node.create('MatMul', ['hidden', 'other'], ['y'], { name: 'sensitive' }),
        Node.create('Conv', ['image', 'filters'], ['z']),
      ],
      weights: [
        ...[randomWeight('table', [100, 64], 1), randomWeight('weight', [64, 64])],
        ...[randomWeight('other', [64, 48]), randomWeight('filters', [4, 3, 2, 2])],
      ],
      inputs: { ids: [INT64, [5]], image: [FLOAT, [1, 3, 8, 8]] },
      outputs: { y: [FLOAT, [5, 48]], z: [FLOAT, [1, 4, 7, 7]] },
    });
    const quantized = await quantizeModel(model, { mode: 'q8', exclude: ['sensitive'] });
    expect(await operatorsOf(quantized)).toEqual(
      expect.arrayContaining(['Gather', 'DequantizeLinear', 'MatMulInteger', 'MatMul', 'Conv']),
    );
    const filters = (await readModel(model)).graph.initializers[3]!;
    expect(Buffer.from(quantized).includes(Buffer.from(inOne(filters.encode())))).toBe(true);
    const ids = { data: BigInt64Array.of(0n, 7n, 99n, 3n, 50n), dims: [5] };
    const image = { data: randomValues(3 * 64), dims: [1, 3, 8, 8] };
    const [before, after] = [await runModel(model, { ids, image }), await runModel(quantized, { ids, image })];
    expect(relativeError(after.y!, before.y!)).toBeLessThan(2 * ERRORS.q8);
    expect(after.z).toEqual(before.z);
  });
});

describe('half precision', () => {
  it('leaves sizes, and what has no float16, in float32', async () => {
    const model = buildModel({
      nodes: [
        // 2049 is no float16: its next are 2048 and 2050.
        Node.create('Shape', ['x'], ['shape']),
        Node.create('Gather', ['shape', 'last'], ['size']),
        Node.create('Cast', ['size'], ['float size'], { attributes: [Attribute.integer('to', FLOAT)] }),
        Node.create('Mul', ['float size', 'one'], ['same size']),
        Node.create('Cast', ['same size'], ['count'], { attributes: [Attribute.integer('to', INT64)] }),
        Node.create('Range', ['zero', 'three', 'step'], ['range']),
        Node.create('ReduceMean', ['x'], ['mean'], { attributes: [Attribute.integers('axes', [0, 1])] }),
        Node.create('Mul', ['mean', 'factor'], ['scaled']),
        Node.create('Add', ['range', 'scaled'], ['y']),
      ],
      weights: [
        ...[
          integers('last', 1),
          floatTensor('one', [], Float32Array.of(1)),
          floatTensor('zero', [], Float32Array.of(0)),
        ],
        ...[floatTensor('three', [], Float32Array.of(3)), floatTensor('step', [], Float32Array.of(1))],
        floatTensor('factor', [], Float32Array.of(3)),
      ],
      inputs: { x: [FLOAT, [1, 2049]] },
      outputs: { y: [FLOAT, ['columns', 3]], count: [INT64, [1]] },
    });
    const inputs = { x: { data: randomValues(2049), dims: [1, 2049] } };
    const quantized = await quantizeModel(model, { mode: 'fp16' });
    const [before, after] = [await runModel(model, inputs), await runModel(quantized, inputs)];
    expect(after.count).toEqual(before.count);
    expect(relativeError(after.y!, before.y!)).toBeLessThan(ERRORS.fp16);
  });

  it('keeps large values finite and tiny ones above zero', async () => {
    const model = buildModel({
      nodes: [Node.create('Concat', ['large', 'tiny', 'x'], ['y'], { attributes: [Attribute.integer('axis', 0)] })],
      weights: [floatTensor('large', [1], Float32Array.of(-3e38)), floatTensor('tiny', [1], Float32Array.of(1e-12))],
      inputs: { x: [FLOAT, [1]] },
      outputs: { y: [FLOAT, [3]] },
    });
    const { y } = await runModel(await quantizeModel(model, { mode: 'fp16' }), {
      x: { data: Float32Array.of(1), dims: [1] },
    });
    expect([...y!]).toEqual([-65504, 2 ** -24, 1]);
  });

  it('runs a Loop whose state is in float16, and casts at its edges', async () => {
    const body = inOne(
      encodeGraph({
        nodes: [
          Node.create('Identity', ['go'], ['on']),
          Node.create('MatMul', ['state', 'weight'], ['moved']),
          // Has no float16.
          Node.create('Max', ['moved', 'floor'], ['next']),
        ],
        weights: [floatTensor('floor', [], Float32Array.of(0))],
        inputs: { i: [INT64, []], go: [BOOL, []], state: [FLOAT, [6, 64]] },
        outputs: { on: [BOOL, []], next: [FLOAT, [6, 64]] },
      }),
    );
    const model = buildModel({
      nodes: [Node.create('Loop', ['times', 'true', 'x'], ['y'], { attributes: [graph('body', body)] })],
      weights: [
        ...[randomWeight('weight', [64, 64]), integers('times', 3, [])],
        Tensor.create('true', [], BOOL, Uint8Array.of(1)),
      ],
      inputs: { x: [FLOAT, [6, 64]] },
      outputs: { y: [FLOAT, [6, 64]] },
    });
    expect(await errorOf(model, 'fp16', { x: matrix })).toBeLessThan(2 * ERRORS.fp16);
    expect(await errorOf(model, 'q8', { x: matrix })).toBeLessThan(3 * ERRORS.q8);
  });

  it('says which type is not known', async () => {
    const model = buildModel(
      {
        nodes: [
          Node.create('Count', ['x'], ['counts'], { domain: 'example.org' }),
          Node.create('Relu', ['counts'], ['more']),
          Node.create('MatMul', ['x', 'weight'], ['y']),
        ],
        weights: [randomWeight('weight', [64, 48])],
        inputs: { x: [FLOAT, [6, 64]] },
        outputs: { y: [FLOAT, [6, 48]] },
      },
      { domains: ['example.org'] },
    );
    await expect(quantizeModel(model, { mode: 'fp16' })).rejects.toThrow(
      /The type of "counts", which the operator example.org:Count gives, is not known/,
    );
  });
});

describe('what cannot be quantized', () => {
  const refuse = (bytes: Uint8Array, mode: Mode, message: RegExp, options = {}) =>
    expect(quantizeModel(bytes, { mode, ...options })).rejects.toThrow(
      expect.objectContaining({ name: QuantizeError.name, message: expect.stringMatching(message) }),
    );

  it('is refused by a sentence', async () => {
    const nothing = buildModel({
      nodes: [Node.create('Relu', ['x'], ['y'])],
      inputs: { x: [FLOAT, [1]] },
      outputs: { y: [FLOAT, [1]] },
    });
    for (const mode of PRODUCTS)
      await refuse(nothing, mode, /has no MatMul or Gemm with constant float weights, so mode/);
    await refuse(nothing, 'fp16', /has no float32 weights/);
    const old = buildModel(
      {
        nodes: [Node.create('MatMul', ['x', 'weight'], ['y'])],
        weights: [randomWeight('weight', [64, 48])],
        inputs: { x: [FLOAT, [6, 64]] },
        outputs: { y: [FLOAT, [6, 48]] },
      },
      { opset: 10 },
    );
    await refuse(old, 'q8', /is in opset 10, but mode q8 needs DynamicQuantizeLinear of opset 11 or newer/);
    expect(await errorOf(old, 'q4', { x: matrix })).toBeLessThan(ERRORS.q4);
    await refuse(new Uint8Array(0), 'q8', /is empty/);
    await refuse(new TextEncoder().encode('<!doctype html><p>Not found'), 'q8', /is not an ONNX model/);
    await refuse(new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n'), 'q8', /git lfs pull/);
    await refuse(inOne(new MessageParts().integer(1, 8).parts), 'q8', /is not an ONNX model: it has no graph/);
    await refuse(product, 'q4', /block size 24 is not a power of two/, { blockSize: 24 });
  });

  it('is refused wherever the file ends early', async () => {
    for (let length = 1; length < product.length; length += 97) {
      await refuse(product.subarray(0, length), 'q8', /truncated|not an ONNX model|damaged/);
    }
  });
});

function float(name: string, value: number): Attribute {
  return Attribute.parse(inOne(new MessageParts().text(1, name).float(2, value).integer(20, 1).parts), noFiles);
}

function tensor(name: string, value: Tensor): Attribute {
  return Attribute.parse(
    inOne(new MessageParts().text(1, name).content(5, value.encode()).integer(20, 4).parts),
    noFiles,
  );
}

function graph(name: string, bytes: Uint8Array): Attribute {
  return Attribute.parse(inOne(new MessageParts().text(1, name).content(6, [bytes]).integer(20, 5).parts), noFiles);
}

function integers(name: string, value: number, shape = [1]): Tensor {
  return Tensor.create(name, shape, INT64, new Uint8Array(BigInt64Array.of(BigInt(value)).buffer));
}

function noFiles(): never {
  throw new Error('unreachable');
}
