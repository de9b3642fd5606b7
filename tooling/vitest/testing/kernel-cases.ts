import * as tf from '@tensorflow/tfjs-core';
import { numbers, type Program } from './compare-kernels.js';

export interface KernelCase {
  program: Program;
  /** Made anew for each backend: tensors on a GPU can't be moved from there in Node. */
  inputs: () => tf.Tensor[];
  /** Whether the gradient is compared too. @default whether all inputs are floats */
  gradient?: boolean;
  /** Whether every device computes this, its gradient included; `@llm-mde/compile` does. @default true */
  everyDevice?: boolean | 'forward';
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
/** For each axis. */
const sides = (before: number[], after: number[]) =>
  before.map((value, axis): [number, number] => [value, after[axis]!]);
const filter = () => numbers([3, 3, 3, 4], 7);

const one =
  (f: (x: tf.Tensor) => tf.Tensor): Program =>
  (a) =>
    f(a!);
const two =
  (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Program =>
  (a, b) =>
    f(a!, b!);
const unary = (f: (x: tf.Tensor) => tf.Tensor, inputs = x): KernelCase => ({
  program: one(f),
  inputs: () => [inputs()],
});
const binary = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, a = x, b: () => tf.Tensor = row): KernelCase => ({
  program: two(f),
  inputs: () => [a(), b()],
});
const notEverywhere = (given: KernelCase): KernelCase => ({ ...given, everyDevice: false });
/** Some devices lack the gradient or compute it wrongly. */
const forwardEverywhere = (given: KernelCase): KernelCase => ({ ...given, everyDevice: 'forward' });
const withoutGradient = (given: KernelCase): KernelCase => ({ ...given, gradient: false });
const convolution = (
  strides: number | [number, number],
  pad: 'same' | 'valid' | number,
  filterShape = [3, 3, 3, 4],
  imageShape = [2, 5, 6, 3],
): KernelCase => ({
  program: (a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad),
  inputs: () => [numbers(imageShape), numbers(filterShape, 7)],
});
/** To images of [2,5,6,3]. */
const transposedConvolution = (
  shape: number[],
  filterShape: number[],
  strides: number,
  pad: 'same' | 'valid',
): KernelCase => ({
  program: (a, b) => tf.conv2dTranspose(a as tf.Tensor4D, b as tf.Tensor4D, [2, 5, 6, 3], strides, pad),
  inputs: () => [numbers(shape), numbers(filterShape, 7)],
});
const segmentSum = (shape: number[], ids: number[], count: number): KernelCase => ({
  program: (a, given) => tf.unsortedSegmentSum(a!, given as tf.Tensor1D, count),
  inputs: () => [numbers(shape), tf.tensor1d(ids, 'int32')],
  gradient: true,
});
const product = (a: number[], b: number[], transposeA = false, transposeB = false): KernelCase => ({
  program: (left, right) => tf.matMul(left!, right!, transposeA, transposeB),
  inputs: () => [numbers(a), numbers(b, 4)],
});

const volume = () => numbers([2, 5, 6, 4, 3]);
const volumes = (f: (a: tf.Tensor5D, b: tf.Tensor5D) => tf.Tensor): KernelCase =>
  notEverywhere({
    program: (a, b) => f(a as tf.Tensor5D, b as tf.Tensor5D),
    inputs: () => [volume(), numbers([3, 2, 2, 3, 4], 7)],
  });
/** One box beyond the image, one turned around. */
const cropping = (method: 'bilinear' | 'nearest', size: [number, number]): KernelCase =>
  notEverywhere({
    program: (a, boxes, images) =>
      tf.image.cropAndResize(a as tf.Tensor4D, boxes as tf.Tensor2D, images as tf.Tensor1D, size, method, 0.5),
    inputs: () => [
      image(),
      tf.tensor2d([0.1, 0.2, 0.77, 0.93, -0.3, 0.13, 0.5, 1.2, 0.81, 0.72, 0.17, 0.03], [3, 4]),
      tf.tensor1d([1, 0, 1], 'int32'),
    ],
    gradient: false,
  });
const counting = (isBinary: boolean, weights: number[]): KernelCase => ({
  program: (a, given) =>
    tf.denseBincount(
      a as tf.Tensor2D,
      (weights.length > 0 ? given : tf.tensor2d([], [0, 0])) as tf.Tensor2D,
      4,
      isBinary,
    ),
  inputs: () => [
    tf.tensor2d([1, 3, 1, 0, 7, 0], [2, 3], 'int32'),
    weights.length > 0 ? tf.tensor2d(weights, [2, 3]) : tf.scalar(0),
  ],
  gradient: false,
});
const sorted = () => tf.tensor2d([0, 2, 2, 5, -1, 1, 3, 3], [2, 4]);
const searched = () => tf.tensor2d([2, -3, 9, 3, 0, 1], [2, 3]);
const searching = (side: 'left' | 'right'): KernelCase => ({
  program: (a, b) => tf.searchSorted(a!, b!, side),
  inputs: () => [sorted(), searched()],
  gradient: false,
});

/** A case of every kernel that models here use, in the spelling of TensorFlow.js. */
export const KERNEL_CASES: Record<string, KernelCase> = {
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
  // Imprecise on WebGPU.
  Tan: notEverywhere(unary(tf.tan)),
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
  // On WebAssembly the number is kept.
  'Cast to bool': notEverywhere(unary((a) => tf.cast(a, 'bool'), integers)),
  'Cast to bool, zeros and ones': unary(
    (a) => tf.cast(a, 'bool'),
    () => tf.tensor1d([1, 0, 1, 1], 'int32'),
  ),
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
  PadV2: unary((a) => tf.pad(a, sides([1, 0, 1], [0, 2, 1]), -1.5)),
  MirrorPad: withoutGradient(unary((a) => tf.mirrorPad(a, sides([1, 0, 1], [0, 1, 1]), 'reflect'))),
  'MirrorPad, symmetric': withoutGradient(unary((a) => tf.mirrorPad(a, sides([1, 0, 1], [0, 2, 1]), 'symmetric'))),
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
  SpaceToBatchND: unary((a) => tf.spaceToBatchND(a, [2, 2], sides([1, 0], [0, 0])), image),
  BatchToSpaceND: unary(
    (a) => tf.batchToSpaceND(a, [2, 2], sides([1, 0], [0, 1])),
    () => numbers([8, 3, 3, 2]),
  ),
  UnsortedSegmentSum: segmentSum([5, 3], [2, 0, 2, 4, 0], 6),
  'UnsortedSegmentSum, ids outside': {
    program: (a, ids) => tf.unsortedSegmentSum(a!, ids as tf.Tensor1D, 2),
    inputs: () => [numbers([4, 3]), tf.tensor1d([0, 7, 1, -1], 'int32')],
    gradient: false,
    everyDevice: false,
  },

  AvgPool: unary((a) => tf.avgPool(a as tf.Tensor4D, [2, 3], [1, 2], 'valid'), image),
  // TensorFlow.js' gradient at the edges is wrong: see the tests of finite differences.
  'AvgPool, same': withoutGradient(unary((a) => tf.avgPool(a as tf.Tensor4D, 3, 2, 'same'), image)),
  MaxPool: unary((a) => tf.maxPool(a as tf.Tensor4D, 3, 2, 'valid'), image),
  'MaxPool, same': forwardEverywhere(unary((a) => tf.maxPool(a as tf.Tensor4D, 3, 2, 'same'), image)),
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
  'Conv2DBackpropInput, strides': transposedConvolution([2, 3, 3, 4], [3, 3, 3, 4], 2, 'same'),
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
  DepthwiseConv2dNative: forwardEverywhere({
    program: (a, b) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, 'same'),
    inputs: () => [image(), numbers([3, 3, 3, 2], 7)],
  }),
  'DepthwiseConv2dNative, strides': forwardEverywhere({
    program: (a, b) => tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, 'valid'),
    inputs: () => [image(), numbers([2, 2, 3, 1], 7)],
  }),
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
  'BatchMatMul, wide': product([70, 130], [33, 130], false, true),
  'BatchMatMul, long batch': product([6, 40, 24], [6, 40, 24], true),
  'BatchMatMul, one a for all': withoutGradient(product([5, 3], [2, 3, 4])),
  'BatchMatMul, one b for all': withoutGradient(product([2, 2, 5, 3], [3, 4])),
  'Conv2D, even filter': convolution(1, 'same', [2, 4, 3, 4]),
  'Conv2D, strides, valid': convolution(2, 'valid'),
  'Conv2D, strides 3 and 1': convolution([3, 1], 'same'),
  'Conv2DBackpropInput, same': transposedConvolution([2, 5, 6, 4], [3, 3, 3, 4], 1, 'same'),
  'Conv2DBackpropInput, valid': transposedConvolution([2, 3, 4, 4], [3, 3, 3, 4], 1, 'valid'),
  'Conv2DBackpropInput, even filter': transposedConvolution([2, 5, 6, 4], [2, 4, 3, 4], 1, 'same'),
  'Select, broadcast': {
    program: (a, condition) => tf.where(condition!, a!, tf.scalar(0)),
    inputs: () => [x(), flags()],
    gradient: false,
  },
  'Conv3D, same': volumes((a, b) => tf.conv3d(a, b, 1, 'same')),
  'Conv3D, strides, valid': volumes((a, b) => tf.conv3d(a, b, [2, 1, 2], 'valid')),
  'Conv3DBackpropInputV2, transposed': notEverywhere({
    program: (a, b) => tf.conv3dTranspose(a as tf.Tensor5D, b as tf.Tensor5D, [2, 5, 6, 4, 3], 2, 'same'),
    inputs: () => [numbers([2, 3, 3, 2, 4]), numbers([3, 2, 2, 3, 4], 7)],
    gradient: false,
  }),
  AvgPool3D: notEverywhere(unary((a) => tf.avgPool3d(a as tf.Tensor5D, 2, 2, 'valid'), volume)),
  'AvgPool3D, same': notEverywhere(withoutGradient(unary((a) => tf.avgPool3d(a as tf.Tensor5D, 3, 2, 'same'), volume))),
  MaxPool3D: notEverywhere(unary((a) => tf.maxPool3d(a as tf.Tensor5D, 2, [1, 2, 2], 'valid'), volume)),
  // TensorFlow.js' gradient takes a window's height for its width.
  'MaxPool3D, not a cube': notEverywhere(
    withoutGradient(unary((a) => tf.maxPool3d(a as tf.Tensor5D, [2, 3, 2], [1, 2, 2], 'same'), volume)),
  ),
  MaxPoolWithArgmax: notEverywhere({
    program: (a) => Object.values(tf.maxPoolWithArgmax(a as tf.Tensor4D, 2, 2, 'same')),
    inputs: () => [image()],
    gradient: false,
  }),
  'MaxPoolWithArgmax, batches apart': notEverywhere({
    program: (a) => Object.values(tf.maxPoolWithArgmax(a as tf.Tensor4D, 2, 2, 'valid', true)),
    inputs: () => [image()],
    gradient: false,
  }),
  LRN: notEverywhere(
    withoutGradient(
      unary(
        (a) => tf.localResponseNormalization(a as tf.Tensor4D, 1, 0.9, 0.7, 0.6),
        () => numbers([2, 3, 3, 5]),
      ),
    ),
  ),
  'CropAndResize, bilinear': cropping('bilinear', [4, 3]),
  'CropAndResize, nearest': cropping('nearest', [4, 3]),
  'CropAndResize, one pixel': cropping('bilinear', [1, 1]),
  'Einsum, heads': notEverywhere(
    withoutGradient({
      program: (a, b) => tf.einsum('abc,cde->abde', a!, b!),
      inputs: () => [x(), numbers([4, 2, 3], 4)],
    }),
  ),
  'Einsum, products and sums': notEverywhere(
    withoutGradient({
      program: (a, b) => tf.einsum('abc,abc->ac', a!, b!),
      inputs: () => [x(), y()],
    }),
  ),
  Cumprod: notEverywhere(withoutGradient(unary((a) => tf.cumprod(a, 1)))),
  'Cumprod, exclusive': notEverywhere(withoutGradient(unary((a) => tf.cumprod(a, 2, true)))),
  'Cumprod, reversed': notEverywhere(withoutGradient(unary((a) => tf.cumprod(a, 0, false, true)))),
  'Cumprod, exclusive and reversed': notEverywhere(withoutGradient(unary((a) => tf.cumprod(a, 2, true, true)))),
  Bincount: notEverywhere({
    program: (a, weights) => tf.bincount(a as tf.Tensor1D, weights as tf.Tensor1D, 4),
    inputs: () => [tf.tensor1d([1, 3, 1, 7], 'int32'), tf.tensor1d([0.5, 2, 1, 3])],
    gradient: false,
  }),
  DenseBincount: notEverywhere(counting(false, [0.5, 2, 1, 3, 4, 5])),
  'DenseBincount, without weights': notEverywhere(counting(false, [])),
  'DenseBincount, binary': notEverywhere(counting(true, [])),
  SearchSorted: notEverywhere(searching('left')),
  'SearchSorted, right': notEverywhere(searching('right')),
  SparseToDense: notEverywhere({
    program: (positions, given) => tf.sparseToDense(positions as tf.Tensor2D, given as tf.Tensor1D, [3, 4], -1),
    inputs: () => [tf.tensor2d([0, 1, 2, 3], [2, 2], 'int32'), tf.tensor1d([0.5, 2])],
    gradient: false,
  }),
  'SparseToDense, one value': notEverywhere({
    program: (positions, given) => tf.sparseToDense(positions as tf.Tensor1D, given as tf.Scalar, [5], 0.25),
    inputs: () => [tf.tensor1d([4, 1], 'int32'), tf.scalar(3)],
    gradient: false,
  }),
  Diag: notEverywhere(
    withoutGradient(
      unary(
        (a) => tf.diag(a),
        () => numbers([2, 3]),
      ),
    ),
  ),
  BitwiseAnd: notEverywhere(
    binary(
      (a, b) => tf.bitwiseAnd(a, b),
      () => tf.tensor1d([5, 12, 255, 6], 'int32'),
      () => tf.tensor1d([3, 10, 16, 7], 'int32'),
    ),
  ),
  FlipLeftRight: notEverywhere(withoutGradient(unary((a) => tf.image.flipLeftRight(a as tf.Tensor4D), image))),
  'Transpose, heads': unary(
    (a) => tf.transpose(a, [0, 2, 1, 3]),
    () => numbers([2, 3, 4, 5]),
  ),
  'Transpose, all axes': unary((a) => tf.transpose(a)),
  'UnsortedSegmentSum, 1-d': segmentSum([5], [2, 0, 2, 4, 0], 5),
  'UnsortedSegmentSum, 3-d': segmentSum([3, 2, 2], [1, 1, 0], 3),
};
