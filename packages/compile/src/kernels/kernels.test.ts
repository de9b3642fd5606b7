import { readFileSync } from 'node:fs';
import '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CompiledFunction, compile } from '../index.js';
import { expectSame, expectSameGradients, numbers, type Program, run } from '../testing/compare.js';
import { BACKEND_NAME } from '../tracing/tracing-backend.js';

// Every kernel against TensorFlow.js' plain JavaScript backend, and its gradient where it has one.
interface Case {
  program: Program;
  inputs?: () => tf.Tensor[];
  /** @default whether all inputs are floats */
  gradient?: boolean;
}

const x = () => numbers([2, 3, 4]);
const y = () => numbers([2, 3, 4], 5);
const row = () => numbers([4], 2);
const column = () => numbers([3, 1], 3);
const positive = () => tf.add(tf.abs(numbers([2, 3, 4])), 0.1);
const integers = () => tf.tensor([3, -7, 2, 0, 5, -1], [2, 3], 'int32');
const otherIntegers = () => tf.tensor([2, 3, -2, 4, -3, 1], [2, 3], 'int32');
const flags = () => tf.tensor([true, false, true, true, false, false, true, false], [2, 1, 4], 'bool');
const image = () => numbers([2, 5, 6, 3]);
/** Gradients of resizes are wrong in TensorFlow.js where height and width differ. */
const square = () => numbers([2, 5, 5, 3]);
const filter = () => numbers([3, 3, 3, 4], 7);

const one =
  (f: (x: tf.Tensor) => tf.Tensor): Program =>
  (a) =>
    f(a!);
const two =
  (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Program =>
  (a, b) =>
    f(a!, b!);
const unary = (f: (x: tf.Tensor) => tf.Tensor, inputs = x): Case => ({ program: one(f), inputs: () => [inputs()] });
const binary = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, a = x, b: () => tf.Tensor = row): Case => ({
  program: two(f),
  inputs: () => [a(), b()],
});
const withoutGradient = (given: Case): Case => ({ ...given, gradient: false });
const convolution = (
  strides: number | [number, number],
  pad: 'same' | 'valid' | number,
  filterShape = [3, 3, 3, 4],
  imageShape = [2, 5, 6, 3],
): Case => ({
  program: (a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad),
  inputs: () => [numbers(imageShape), numbers(filterShape, 7)],
});
const product = (a: number[], b: number[], transposeA = false, transposeB = false): Case => ({
  program: (left, right) => tf.matMul(left!, right!, transposeA, transposeB),
  inputs: () => [numbers(a), numbers(b, 4)],
});

const CASES: Record<string, Case> = {
  Abs: unary(tf.abs),
  Acos: unary(tf.acos),
  Acosh: unary((a) => tf.acosh(tf.add(a, 2.5))),
  Asin: unary(tf.asin),
  Asinh: unary(tf.asinh),
  Atan: unary(tf.atan),
  Atanh: unary((a) => tf.atanh(tf.mul(a, 0.9))),
  Ceil: unary(tf.ceil),
  Cos: unary(tf.cos),
  Cosh: unary(tf.cosh),
  Elu: unary(tf.elu),
  Erf: unary(tf.erf),
  Exp: unary(tf.exp),
  Expm1: unary(tf.expm1),
  Floor: unary(tf.floor),
  IsFinite: withoutGradient(unary((a) => tf.isFinite(tf.log(a)))),
  IsInf: withoutGradient(unary((a) => tf.isInf(tf.div(a, tf.floor(a))))),
  IsNan: withoutGradient(unary((a) => tf.isNaN(tf.log(a)))),
  LeakyRelu: unary((a) => tf.leakyRelu(a, 0.01)),
  Log: unary(tf.log, positive),
  Log1p: unary(tf.log1p, positive),
  LogicalNot: unary(tf.logicalNot, flags),
  Neg: unary(tf.neg),
  'Neg, int32': unary(tf.neg, integers),
  Reciprocal: unary(tf.reciprocal, positive),
  Relu: unary(tf.relu),
  Relu6: unary((a) => tf.relu6(tf.mul(a, 8))),
  Round: unary((a) => tf.round(tf.mul(a, 3))),
  Rsqrt: unary(tf.rsqrt, positive),
  Selu: unary(tf.selu),
  Sigmoid: unary(tf.sigmoid),
  Sign: unary(tf.sign),
  Sin: unary(tf.sin),
  Sinh: unary(tf.sinh),
  Softplus: unary(tf.softplus),
  Sqrt: unary(tf.sqrt, positive),
  Square: unary(tf.square),
  Step: unary(tf.step),
  'Step with slope': unary((a) => tf.step(a, 0.01)),
  Tan: unary(tf.tan),
  Tanh: unary(tf.tanh),
  ClipByValue: unary((a) => tf.clipByValue(a, -0.2, 0.5)),

  'Add, same shape': binary(tf.add, x, y),
  'Add, row': binary(tf.add),
  'Add, column': binary(tf.add, x, column),
  'Add, int32': binary(tf.add, integers, otherIntegers),
  AddN: { program: (a, b) => tf.addN([a!, b!, a!]), inputs: () => [x(), y()] },
  Atan2: binary(tf.atan2, x, y),
  Sub: binary(tf.sub, row, x),
  Multiply: binary(tf.mul, x, column),
  'Multiply, int32': binary(tf.mul, integers, otherIntegers),
  RealDiv: binary((a, b) => tf.div(a, tf.add(tf.abs(b), 1))),
  FloorDiv: binary(tf.floorDiv, integers, otherIntegers),
  Pow: binary(tf.pow, positive),
  // Of what broadcasts TensorFlow.js has no gradient here, nor of SquaredDifference.
  Maximum: binary(tf.maximum, x, y),
  'Maximum, row': withoutGradient(binary(tf.maximum)),
  Minimum: binary(tf.minimum, x, y),
  'Minimum, column': withoutGradient(binary(tf.minimum, x, column)),
  Mod: binary((a, b) => tf.mod(a, tf.add(tf.abs(b), 0.3))),
  'Mod, int32': binary(tf.mod, integers, otherIntegers),
  Prelu: binary(tf.prelu),
  SquaredDifference: binary(tf.squaredDifference, x, y),
  'SquaredDifference, row': withoutGradient(binary(tf.squaredDifference)),
  Equal: binary(tf.equal, integers, otherIntegers),
  NotEqual: binary(tf.notEqual, integers, otherIntegers),
  Greater: withoutGradient(binary(tf.greater)),
  GreaterEqual: withoutGradient(binary(tf.greaterEqual)),
  Less: withoutGradient(binary(tf.less, x, column)),
  LessEqual: withoutGradient(binary(tf.lessEqual, x, y)),
  LogicalAnd: binary((a, b) => tf.logicalAnd(a, tf.greater(b, 0)), flags, x),
  LogicalOr: binary((a, b) => tf.logicalOr(a, tf.greater(b, 0)), flags, x),
  LogicalXor: binary((a, b) => tf.logicalXor(a, tf.greater(b, 0)), flags, x),
  Select: {
    program: (a, b, condition) => tf.where(condition!, a!, b!),
    inputs: () => [x(), y(), tf.greater(numbers([2, 3, 4], 9), 0)],
    gradient: true,
  },

  All: unary((a) => tf.all(a, 2), flags),
  Any: unary((a) => tf.any(a, 2), flags),
  ArgMax: withoutGradient(unary((a) => tf.argMax(a, -1))),
  ArgMin: withoutGradient(unary((a) => tf.argMin(a, 1))),
  Cumsum: unary((a) => tf.cumsum(a, 2)),
  'Cumsum, middle axis': withoutGradient(unary((a) => tf.cumsum(a, 1))),
  'Cumsum, exclusive and reversed': unary((a) => tf.cumsum(a, 2, true, true)),
  Max: unary((a) => tf.max(a, 1)),
  Min: unary((a) => tf.min(a, [0, 2])),
  'Mean, last axis': unary((a) => tf.mean(a, -1, true)),
  'Mean, first axes': unary((a) => tf.mean(a, [0, 1])),
  'Mean, int32': unary((a) => tf.mean(a, 0), integers),
  Moments: unary((a) => tf.moments(a, [0, 2]).variance),
  Prod: withoutGradient(unary((a) => tf.prod(a, 1), positive)),
  'Sum, all': unary((a) => tf.sum(a)),
  'Sum, middle axis': unary((a) => tf.sum(a, 1)),
  'Sum, int32': unary((a) => tf.sum(a, 0), integers),
  'Sum, bool': unary((a) => tf.sum(a), flags),
  Softmax: unary((a) => tf.softmax(a)),
  LogSoftmax: unary((a) => tf.logSoftmax(a)),
  TopK: { program: (a) => Object.values(tf.topk(a!, 2)), inputs: () => [x()], gradient: false },

  'BatchMatMul, plain': product([2, 5, 3], [2, 3, 4]),
  'BatchMatMul, a transposed': product([2, 3, 5], [2, 3, 4], true),
  'BatchMatMul, b transposed': product([2, 5, 3], [2, 4, 3], false, true),
  'BatchMatMul, both transposed': product([2, 3, 5], [2, 4, 3], true, true),
  'BatchMatMul, two matrices': product([5, 3], [4, 3], false, true),
  // TensorFlow.js has no gradient for it.
  'BatchMatMul, one for all': withoutGradient(product([1, 5, 3], [2, 4, 3], false, true)),
  _FusedMatMul: {
    program: (a, b, bias) =>
      tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor2D, bias: bias!, activation: 'relu' }),
    inputs: () => [numbers([5, 3]), numbers([3, 4], 4), row()],
  },

  'Cast to int32': withoutGradient(unary((a) => tf.cast(tf.mul(a, 4), 'int32'))),
  'Cast to bool': unary((a) => tf.cast(a, 'bool'), integers),
  'Cast from bool': unary((a) => tf.cast(a, 'float32'), flags),
  Concat: { program: (a, b) => tf.concat([a!, b!, a!], 1), inputs: () => [x(), y()] },
  'Concat, last axis': { program: (a, b) => tf.concat([a!, b!], -1), inputs: () => [x(), y()] },
  DepthToSpace: withoutGradient(
    unary(
      (a) => tf.depthToSpace(a as tf.Tensor4D, 2),
      () => numbers([1, 2, 3, 8]),
    ),
  ),
  ExpandDims: unary((a) => tf.expandDims(a, 1)),
  Fill: unary((a) => tf.mul(a, tf.fill([2, 3, 4], 1.5))),
  GatherV2: {
    program: (a, indices) => tf.gather(a!, indices as tf.Tensor1D),
    inputs: () => [x(), tf.tensor1d([1, 0, 1, 1], 'int32')],
    gradient: true,
  },
  'GatherV2, last axis': {
    program: (a, indices) => tf.gather(a!, indices as tf.Tensor1D, -1),
    inputs: () => [x(), tf.tensor2d([3, 0, 1, 1], [2, 2], 'int32')],
    gradient: true,
  },
  'GatherV2, batches': {
    program: (a, indices) => tf.gather(a!, indices as tf.Tensor1D, 1, 1),
    inputs: () => [x(), tf.tensor2d([2, 0, 1, 1], [2, 2], 'int32')],
    gradient: false,
  },
  GatherNd: {
    program: (a, indices) => tf.gatherND(a!, indices!),
    inputs: () => [x(), tf.tensor2d([1, 2, 0, 0], [2, 2], 'int32')],
    gradient: false,
  },
  Identity: unary((a) => tf.clone(a)),
  LinSpace: unary((a) => tf.mul(a, tf.linspace(0, 1, 4))),
  OneHot: unary(
    (a) => tf.oneHot(a as tf.Tensor1D, 4),
    () => tf.tensor1d([1, 0, 3], 'int32'),
  ),
  OnesLike: unary((a) => tf.add(a, tf.onesLike(a))),
  Pack: { program: (a, b) => tf.stack([a!, b!], 1), inputs: () => [x(), y()] },
  PadV2: unary((a) =>
    tf.pad(
      a,
      [
        [1, 0],
        [0, 2],
        [1, 1],
      ],
      -1.5,
    ),
  ),
  MirrorPad: withoutGradient(
    unary((a) =>
      tf.mirrorPad(
        a,
        [
          [1, 0],
          [0, 1],
          [1, 1],
        ],
        'reflect',
      ),
    ),
  ),
  'MirrorPad, symmetric': withoutGradient(
    unary((a) =>
      tf.mirrorPad(
        a,
        [
          [1, 0],
          [0, 2],
          [1, 1],
        ],
        'symmetric',
      ),
    ),
  ),
  Range: unary((a) => tf.mul(a, tf.range(0, 10, 2.5))),
  Reshape: unary((a) => tf.reshape(a, [4, -1])),
  Reverse: unary((a) => tf.reverse(a, [0, 2])),
  ScatterNd: {
    program: (a, indices) => tf.scatterND(indices!, a!, [4, 4]),
    inputs: () => [numbers([3, 4]), tf.tensor2d([2, 0, 2], [3, 1], 'int32')],
    gradient: false,
  },
  Slice: unary((a) => tf.slice(a, [0, 1, 2], [2, 2, 2])),
  SplitV: { program: (a) => tf.split(a!, [1, 3], 2), inputs: () => [x()], gradient: true },
  StridedSlice: withoutGradient(unary((a) => tf.stridedSlice(a, [0, 0, 1], [2, 3, 4], [1, 2, 2]))),
  Tile: unary((a) => tf.tile(a, [2, 1, 3])),
  'Tile, single elements': unary(
    (a) => tf.tile(a, [2, 3]),
    () => numbers([1, 4]),
  ),
  BroadcastTo: unary((a) => tf.broadcastTo(a, [2, 3, 4]), row),
  'Transpose, last two axes': unary((a) => tf.transpose(a, [0, 2, 1])),
  'Transpose, twice': unary((a) => tf.transpose(tf.transpose(a, [2, 0, 1]), [2, 1, 0])),
  Unpack: { program: (a) => tf.unstack(a!, 1), inputs: () => [x()], gradient: true },
  ZerosLike: unary((a) => tf.add(a, tf.zerosLike(a))),
  SpaceToBatchND: unary(
    (a) =>
      tf.spaceToBatchND(
        a,
        [2, 2],
        [
          [1, 0],
          [0, 0],
        ],
      ),
    image,
  ),
  BatchToSpaceND: unary(
    (a) =>
      tf.batchToSpaceND(
        a,
        [2, 2],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    () => numbers([8, 3, 3, 2]),
  ),
  UnsortedSegmentSum: {
    program: (a, ids) => tf.unsortedSegmentSum(a!, ids as tf.Tensor1D, 6),
    inputs: () => [numbers([5, 3]), tf.tensor1d([2, 0, 2, 4, 0], 'int32')],
    gradient: true,
  },
  'UnsortedSegmentSum, ids outside': {
    program: (a, ids) => tf.unsortedSegmentSum(a!, ids as tf.Tensor1D, 2),
    inputs: () => [numbers([4, 3]), tf.tensor1d([0, 7, 1, -1], 'int32')],
    gradient: false,
  },

  AvgPool: unary((a) => tf.avgPool(a as tf.Tensor4D, [2, 3], [1, 2], 'valid'), image),
  // TensorFlow.js' gradient at the edges is wrong: see the tests of finite differences.
  'AvgPool, same': withoutGradient(unary((a) => tf.avgPool(a as tf.Tensor4D, 3, 2, 'same'), image)),
  MaxPool: unary((a) => tf.maxPool(a as tf.Tensor4D, 3, 2, 'valid'), image),
  'MaxPool, same': unary((a) => tf.maxPool(a as tf.Tensor4D, 3, 2, 'same'), image),
  'Conv2D, same': convolution(1, 'same'),
  'Conv2D, valid': convolution(1, 'valid'),
  'Conv2D, strides, same': convolution(2, 'same'),
  'Conv2D, strides apart': convolution([2, 1], 'valid'),
  'Conv2D, numbered padding': convolution(2, 1),
  'Conv2D, patches': convolution(2, 'valid', [2, 2, 3, 7]),
  'Conv2D, patches with a rest': convolution(4, 'valid', [2, 3, 3, 7]),
  'Conv2D, 1×1': convolution(1, 'same', [1, 1, 3, 7]),
  'Conv2D, dilated': {
    program: (a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same', 'NHWC', [2, 2]),
    inputs: () => [image(), filter()],
    gradient: false,
  },
  Conv2DBackpropInput: {
    program: (a, b) => tf.conv2dTranspose(a as tf.Tensor4D, b as tf.Tensor4D, [2, 5, 6, 3], 2, 'same'),
    inputs: () => [numbers([2, 3, 3, 4]), filter()],
  },
  FusedConv2D: {
    program: (a, b, bias) =>
      tf.fused.conv2d({
        x: a as tf.Tensor4D,
        filter: b as tf.Tensor4D,
        strides: 1,
        pad: 'same',
        bias: bias!,
        activation: 'relu6',
      }),
    inputs: () => [image(), filter(), row()],
  },
  DepthwiseConv2dNative: {
    program: (a, b) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'),
    inputs: () => [image(), numbers([3, 3, 3, 2], 7)],
  },
  'DepthwiseConv2dNative, strides': {
    program: (a, b) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, 'valid'),
    inputs: () => [image(), numbers([2, 2, 3, 1], 7)],
  },
  FusedBatchNorm: {
    program: (a, mean, variance, offset, scale) =>
      tf.batchNorm(
        a as tf.Tensor4D,
        mean as tf.Tensor1D,
        tf.add(tf.abs(variance!), 0.5) as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
      ),
    inputs: () => [image(), ...[1, 2, 3, 4].map((seed) => numbers([3], seed))],
  },
  'ResizeBilinear, larger': unary((a) => tf.image.resizeBilinear(a as tf.Tensor4D, [10, 13]), square),
  'ResizeBilinear, smaller': unary((a) => tf.image.resizeBilinear(a as tf.Tensor4D, [3, 4]), square),
  'ResizeBilinear, corners aligned': unary((a) => tf.image.resizeBilinear(a as tf.Tensor4D, [9, 11], true), square),
  // TensorFlow.js' gradient of it is wrong: see the test of finite differences.
  'ResizeBilinear, half-pixel centers': withoutGradient(
    unary((a) => tf.image.resizeBilinear(a as tf.Tensor4D, [10, 13], false, true), image),
  ),
  ResizeNearestNeighbor: withoutGradient(
    unary((a) => tf.image.resizeNearestNeighbor(a as tf.Tensor4D, [10, 12]), image),
  ),
};

// Keeps the worker alive from one case to the next.
let keeper: CompiledFunction<[tf.Tensor], tf.Tensor>;
beforeAll(async () => {
  keeper = compile((a: tf.Tensor) => tf.neg(a));
  (await keeper({ data: Float32Array.of(1), shape: [1] })).dispose();
});
afterAll(() => keeper.dispose());

describe('equals eager TensorFlow.js', () => {
  for (const [name, { program, inputs = () => [], gradient }] of Object.entries(CASES)) {
    it(name, async () => {
      const given = inputs();
      const before = tf.memory().numTensors;
      await expectSame(program, given);
      if (gradient ?? given.every(({ dtype }) => dtype === 'float32')) await expectSameGradients(program, given);
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
    const given = numbers([1, 3, 2, 1]);
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

it('are all in the table of the README', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, table] = readme.split('## Kernels');
  const rows = table!.split('\n').filter((line) => line.startsWith('| ') && line.includes('`'));
  const listed = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  const registered = tf.getKernelsForBackend(BACKEND_NAME).map(({ kernelName }) => kernelName);
  expect(listed.toSorted()).toEqual(registered.toSorted());
});
