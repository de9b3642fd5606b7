import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { expect, test } from 'vitest';

// The kernels that models here use, forward and backward, each on the open device (tooling/vitest/setup-device.mjs) against the plain
// JavaScript backend.
const device = tf.getBackend();

// Made anew for each backend: tensors that lie on a GPU can't be moved from there in Node.
const x = () => numbers([2, 3, 4]);
const y = () => numbers([2, 3, 4], 5);
const row = () => numbers([4], 2);
const column = () => numbers([3, 1], 3);
const positive = () => tf.add(tf.abs(x()), 0.1);
const integers = () => tf.tensor([3, -7, 2, 0, 5, -1], [2, 3], 'int32');
const otherIntegers = () => tf.tensor([2, 3, -2, 4, -3, 1], [2, 3], 'int32');
const flags = () => tf.tensor([true, false, true, true, false, false, true, false], [2, 1, 4], 'bool');
const image = () => numbers([2, 5, 6, 3]) as tf.Tensor4D;
const filter = () => numbers([3, 3, 3, 4], 7) as tf.Tensor4D;

const CASES: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  Abs: () => tf.abs(x()),
  Ceil: () => tf.ceil(x()),
  Cos: () => tf.cos(x()),
  Elu: () => tf.elu(x()),
  Erf: () => tf.erf(x()),
  Exp: () => tf.exp(x()),
  Expm1: () => tf.expm1(x()),
  Floor: () => tf.floor(x()),
  IsFinite: () => tf.isFinite(x()),
  IsNan: () => tf.isNaN(x()),
  LeakyRelu: () => tf.leakyRelu(x(), 0.01),
  Log: () => tf.log(positive()),
  Log1p: () => tf.log1p(positive()),
  LogicalNot: () => tf.logicalNot(flags()),
  Negate: () => tf.neg(x()),
  Reciprocal: () => tf.reciprocal(positive()),
  Relu: () => tf.relu(x()),
  Relu6: () => tf.relu6(tf.mul(x(), 5)),
  Round: () => tf.round(x()),
  Rsqrt: () => tf.rsqrt(positive()),
  Sigmoid: () => tf.sigmoid(x()),
  Sign: () => tf.sign(x()),
  Sin: () => tf.sin(x()),
  Softplus: () => tf.softplus(x()),
  Sqrt: () => tf.sqrt(positive()),
  Square: () => tf.square(x()),
  Step: () => tf.step(x()),
  'Step with slope': () => tf.step(x(), 0.01),
  Tanh: () => tf.tanh(x()),

  'Add, same shape': () => tf.add(x(), y()),
  'Add, row': () => tf.add(x(), row()),
  'Add, column': () => tf.add(x(), column()),
  'Add, int32': () => tf.add(integers(), otherIntegers()),
  AddN: () => tf.addN([x(), y(), x()]),
  Sub: () => tf.sub(row(), x()),
  Multiply: () => tf.mul(x(), column()),
  'Multiply, int32': () => tf.mul(integers(), otherIntegers()),
  RealDiv: () => tf.div(x(), tf.add(tf.abs(row()), 1)),
  FloorDiv: () => tf.floorDiv(integers(), otherIntegers()),
  Pow: () => tf.pow(positive(), row()),
  Maximum: () => tf.maximum(x(), row()),
  Minimum: () => tf.minimum(x(), column()),
  Mod: () => tf.mod(positive(), 0.3),
  'Mod, int32': () => tf.mod(tf.abs(integers()), tf.abs(otherIntegers())),
  Prelu: () => tf.prelu(x(), tf.abs(row())),
  SquaredDifference: () => tf.squaredDifference(x(), row()),
  Equal: () => tf.equal(integers(), 2),
  NotEqual: () => tf.notEqual(integers(), 2),
  Greater: () => tf.greater(x(), row()),
  GreaterEqual: () => tf.greaterEqual(x(), 0),
  Less: () => tf.less(x(), column()),
  LessEqual: () => tf.lessEqual(x(), y()),
  LogicalAnd: () => tf.logicalAnd(flags(), tf.greater(x(), 0)),
  LogicalOr: () => tf.logicalOr(flags(), tf.greater(x(), 0)),

  All: () => tf.all(flags(), 2),
  Any: () => tf.any(flags(), 2),
  ArgMax: () => tf.argMax(x(), -1),
  ArgMin: () => tf.argMin(x(), 1),
  Cumsum: () => tf.cumsum(x(), 1),
  Max: () => tf.max(x(), 1),
  Min: () => tf.min(x(), [0, 2]),
  'Mean, last axis': () => tf.mean(x(), -1, true),
  'Mean, first axes': () => tf.mean(x(), [0, 1]),
  Prod: () => tf.prod(positive(), 1),
  'Sum, all': () => tf.sum(x()),
  'Sum, middle axis': () => tf.sum(x(), 1),
  'Sum, first axes': () => tf.sum(x(), [0, 1]),
  'Sum, int32': () => tf.sum(integers(), 0),
  'Sum, bool': () => tf.sum(flags()),
  Softmax: () => tf.softmax(x()),
  LogSoftmax: () => tf.logSoftmax(x()),
  TopK: () => tf.topk(x(), 2).values,

  'BatchMatMul, plain': () => tf.matMul(numbers([2, 5, 3]), numbers([2, 3, 4], 4)),
  'BatchMatMul, a transposed': () => tf.matMul(numbers([2, 3, 5]), numbers([2, 3, 4], 4), true),
  'BatchMatMul, b transposed': () => tf.matMul(numbers([2, 5, 3]), numbers([2, 4, 3], 4), false, true),
  'BatchMatMul, both transposed': () => tf.matMul(numbers([2, 3, 5]), numbers([2, 4, 3], 4), true, true),
  'BatchMatMul, one b for all': () => tf.matMul(numbers([2, 2, 5, 3]), numbers([3, 4], 4)),
  'BatchMatMul, one a for all': () => tf.matMul(numbers([5, 3]), numbers([2, 3, 4], 4)),
  'BatchMatMul, wide': () => tf.matMul(numbers([70, 130]), numbers([33, 130], 4), false, true),
  'BatchMatMul, long batch': () => tf.matMul(numbers([6, 40, 24]), numbers([6, 40, 24], 4), true, false),
  'BatchMatMul, empty': () => tf.matMul(tf.zeros([0, 3]), numbers([3, 4])),
  _FusedMatMul: () =>
    tf.fused.matMul({
      a: numbers([5, 3]) as tf.Tensor2D,
      b: numbers([3, 4]) as tf.Tensor2D,
      bias: row(),
      activation: 'relu',
    }),

  'Cast to int32': () => tf.cast(tf.mul(x(), 4), 'int32'),
  'Cast to bool': () => tf.cast(tf.tensor1d([1, 0, 1, 1], 'int32'), 'bool'),
  'Cast from bool': () => tf.cast(flags(), 'float32'),
  ClipByValue: () => tf.clipByValue(x(), -0.2, 0.5),
  'Concat, first axis': () => tf.concat([x(), y()], 0),
  'Concat, middle axis': () => tf.concat([x(), y(), x()], 1),
  'Concat, last axis': () => tf.concat([x(), y()], -1),
  DepthToSpace: () => tf.depthToSpace(numbers([1, 2, 3, 8]) as tf.Tensor4D, 2),
  ExpandDims: () => tf.expandDims(x(), 1),
  Fill: () => tf.fill([2, 3], 1.5),
  'GatherV2, first axis': () => tf.gather(x(), tf.tensor1d([1, 0, 1, 1], 'int32')),
  'GatherV2, last axis': () =>
    tf.gather(
      x(),
      tf.tensor2d(
        [
          [3, 0],
          [1, 1],
        ],
        [2, 2],
        'int32',
      ),
      2,
    ),
  GatherNd: () =>
    tf.gatherND(
      x(),
      tf.tensor2d(
        [
          [1, 2],
          [0, 0],
        ],
        [2, 2],
        'int32',
      ),
    ),
  OneHot: () => tf.oneHot(tf.tensor1d([1, 0, 3], 'int32'), 4),
  OnesLike: () => tf.onesLike(x()),
  Pack: () => tf.stack([x(), y()], 1),
  PadV2: () =>
    tf.pad(
      x(),
      [
        [1, 0],
        [0, 2],
        [1, 1],
      ],
      -1.5,
    ),
  MirrorPad: () =>
    tf.mirrorPad(
      x(),
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      'reflect',
    ),
  Range: () => tf.range(0, 10, 3),
  Reverse: () => tf.reverse(x(), [0, 2]),
  ScatterNd: () => tf.scatterND(tf.tensor2d([[2], [0], [2]], [3, 1], 'int32'), numbers([3, 4]), [4, 4]),
  'Select, same shape': () => tf.where(tf.greater(x(), 0), x(), y()),
  'Select, broadcast': () => tf.where(flags(), x(), tf.scalar(0)),
  Slice: () => tf.slice(x(), [0, 1, 2], [2, 2, 2]),
  SplitV: () => tf.split(x(), [1, 3], 2),
  StridedSlice: () => tf.stridedSlice(x(), [0, 0, 1], [2, 3, 4], [1, 2, 2]),
  Tile: () => tf.tile(x(), [2, 1, 3]),
  'Transpose, last two axes': () => tf.transpose(x(), [0, 2, 1]),
  'Transpose, heads': () => tf.transpose(numbers([2, 3, 4, 5]), [0, 2, 1, 3]),
  'Transpose, all axes': () => tf.transpose(x()),
  Unpack: () => tf.unstack(x(), 1),
  ZerosLike: () => tf.zerosLike(x()),

  AvgPool: () => tf.avgPool(image(), 2, 2, 'same'),
  AvgPoolGrad: () =>
    run(tf.AvgPoolGrad, { dy: numbers([2, 2, 3, 3]), input: image() }, { filterSize: 2, strides: 2, pad: 'valid' }),
  MaxPool: () => tf.maxPool(image(), 3, 2, 'valid'),
  'Conv2D, same': () => tf.conv2d(image(), filter(), 1, 'same'),
  'Conv2D, strides': () => tf.conv2d(image(), filter(), [2, 1], 'valid'),
  'Conv2D, dilated': () => tf.conv2d(image(), filter(), 1, 'same', 'NHWC', [2, 2]),
  'Conv2D, patches': () => tf.conv2d(image(), numbers([2, 2, 3, 7]) as tf.Tensor4D, 2, 'valid'),
  'Conv2D, 1×1': () => tf.conv2d(image(), numbers([1, 1, 3, 7]) as tf.Tensor4D, 1, 'same'),
  FusedConv2D: () =>
    tf.fused.conv2d({
      x: image(),
      filter: filter(),
      strides: 1,
      pad: 'same',
      bias: numbers([4]) as tf.Tensor1D,
      activation: 'relu',
    }),
  'Conv2DBackpropInput, same': () =>
    tf.conv2dTranspose(numbers([2, 5, 6, 4]) as tf.Tensor4D, filter(), [2, 5, 6, 3], 1, 'same'),
  'Conv2DBackpropInput, valid': () =>
    tf.conv2dTranspose(numbers([2, 3, 4, 4]) as tf.Tensor4D, filter(), [2, 5, 6, 3], 1, 'valid'),
  'Conv2DBackpropInput, even filter, same': () =>
    tf.conv2dTranspose(
      numbers([2, 5, 6, 4]) as tf.Tensor4D,
      numbers([2, 4, 3, 4]) as tf.Tensor4D,
      [2, 5, 6, 3],
      1,
      'same',
    ),
  'Conv2DBackpropInput, 1×1': () =>
    tf.conv2dTranspose(
      numbers([2, 5, 6, 4]) as tf.Tensor4D,
      numbers([1, 1, 3, 4]) as tf.Tensor4D,
      [2, 5, 6, 3],
      1,
      'same',
    ),
  'Conv2DBackpropInput, strides': () =>
    tf.conv2dTranspose(numbers([2, 3, 3, 4]) as tf.Tensor4D, filter(), [2, 5, 6, 3], 2, 'same'),
  'Conv2DBackpropFilter, same': () => filterGradient([2, 5, 6, 4], [3, 3, 3, 4], 1, 'same'),
  'Conv2DBackpropFilter, valid': () => filterGradient([2, 3, 4, 4], [3, 3, 3, 4], 1, 'valid'),
  'Conv2DBackpropFilter, 1×1': () => filterGradient([2, 5, 6, 4], [1, 1, 3, 4], 1, 'same'),
  'Conv2DBackpropFilter, even filter': () => filterGradient([2, 5, 6, 4], [2, 4, 3, 4], 1, 'same'),
  'Conv2DBackpropFilter, strides, same': () => filterGradient([2, 3, 3, 4], [3, 3, 3, 4], 2, 'same'),
  'Conv2DBackpropFilter, strides, valid': () => filterGradient([2, 2, 2, 4], [3, 3, 3, 4], 2, 'valid'),
  'Conv2DBackpropFilter, strides apart': () => filterGradient([2, 2, 6, 4], [3, 3, 3, 4], [3, 1], 'same'),
  'Conv2DBackpropFilter, patches': () => filterGradient([2, 2, 3, 4], [2, 2, 3, 4], 2, 'valid'),
  DepthwiseConv2dNative: () => tf.depthwiseConv2d(image(), numbers([3, 3, 3, 2]) as tf.Tensor4D, 1, 'same'),
  FusedBatchNorm: () =>
    tf.batchNorm(
      image(),
      numbers([3]) as tf.Tensor1D,
      tf.tensor1d([1, 2, 0.5]),
      numbers([3], 2) as tf.Tensor1D,
      numbers([3], 3) as tf.Tensor1D,
    ),
  'ResizeBilinear, larger': () => tf.image.resizeBilinear(image(), [10, 12]),
  'ResizeBilinear, smaller': () => tf.image.resizeBilinear(image(), [3, 4]),
  'ResizeBilinear, corners aligned': () => tf.image.resizeBilinear(image(), [9, 11], true),
  'ResizeBilinear, half-pixel centers': () => tf.image.resizeBilinear(image(), [10, 12], false, true),
  ResizeNearestNeighbor: () => tf.image.resizeNearestNeighbor(image(), [10, 12]),
  UnsortedSegmentSum: () => segmentSum(numbers([5, 3]), [2, 0, 2, 4, 0], 6),
  'UnsortedSegmentSum, 1-d': () => segmentSum(numbers([5]), [2, 0, 2, 4, 0], 5),
  'UnsortedSegmentSum, 3-d': () => segmentSum(numbers([3, 2, 2]), [1, 1, 0], 3),
};

test.each(Object.keys(CASES))('%s', async (name) => {
  const compute = CASES[name]!;
  const numTensors = tf.memory().numTensors;
  const [actual, expected] = [await valuesOn(device, compute), await valuesOn('cpu', compute)];
  expectClose(actual, expected);
  expect(tf.memory().numTensors).toBe(numTensors);
});

// The JavaScript backend's own gradients of resizing are wrong for images that are not square, so these are compared with the transpose of
// the forward map, which is linear.
const RESIZES: Record<
  string,
  [kernel: string, size: [number, number], resize: (images: tf.Tensor4D) => tf.Tensor4D, attributes: object]
> = {
  ResizeBilinearGrad: [
    tf.ResizeBilinearGrad,
    [10, 12],
    (images) => tf.image.resizeBilinear(images, [10, 12]),
    { alignCorners: false, halfPixelCenters: false },
  ],
  'ResizeBilinearGrad, smaller': [
    tf.ResizeBilinearGrad,
    [3, 4],
    (images) => tf.image.resizeBilinear(images, [3, 4]),
    { alignCorners: false, halfPixelCenters: false },
  ],
  'ResizeBilinearGrad, corners aligned': [
    tf.ResizeBilinearGrad,
    [9, 11],
    (images) => tf.image.resizeBilinear(images, [9, 11], true),
    { alignCorners: true, halfPixelCenters: false },
  ],
  ResizeNearestNeighborGrad: [
    tf.ResizeNearestNeighborGrad,
    [10, 12],
    (images) => tf.image.resizeNearestNeighbor(images, [10, 12]),
    { alignCorners: false, halfPixelCenters: false },
  ],
};

test.each(Object.keys(RESIZES))('%s', async (name) => {
  const [kernel, [height, width], resize, attributes] = RESIZES[name]!;
  const numTensors = tf.memory().numTensors;
  const actual = await valuesOn(device, () =>
    run(kernel, { images: image(), dy: numbers([2, height, width, 3]) }, attributes),
  );
  const expected = await valuesOn('cpu', () => {
    // One image per input pixel, in which that pixel alone is 1: the rows of the map, [H·W, height·width].
    const map = tf.reshape(resize(tf.reshape(tf.eye(5 * 6), [5 * 6, 5, 6, 1])), [5 * 6, height * width]);
    return tf.reshape(tf.matMul(map, tf.reshape(numbers([2, height, width, 3]), [2, height * width, 3])), [2, 5, 6, 3]);
  });
  expectClose(actual, expected);
  expect(tf.memory().numTensors).toBe(numTensors);
});

async function valuesOn(backendName: string, compute: () => tf.Tensor | tf.Tensor[]) {
  await tf.setBackend(backendName);
  try {
    const results = [tf.tidy(compute)].flat();
    const values = results.map(async (tensor) => ({
      shape: tensor.shape,
      dtype: tensor.dtype,
      values: [...(await tensor.data())],
    }));
    const read = await Promise.all(values);
    tf.dispose(results);
    return read;
  } finally {
    await tf.setBackend(device);
  }
}

type Values = Awaited<ReturnType<typeof valuesOn>>;

function expectClose(actual: Values, expected: Values) {
  expect(actual.length).toBe(expected.length);
  actual.forEach(({ shape, dtype, values }, index) => {
    const known = expected[index]!;
    expect(shape).toEqual(known.shape);
    expect(dtype).toBe(known.dtype);
    const wrong = values.findIndex((value, position) => {
      const difference = Math.abs(value - known.values[position]!);
      return !(difference <= 1e-4 * (1 + Math.abs(known.values[position]!)));
    });
    expect(wrong, `element ${wrong}: ${values[wrong]} for ${known.values[wrong]}`).toBe(-1);
  });
}

/** Numbers between -1 and 1 that differ from each other. */
function numbers(shape: number[], seed = 1): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, index) => Math.sin((index + 1) * (1.3 + seed / 7))),
    shape,
  );
}

function run(kernel: string, inputs: Record<string, tf.Tensor>, attributes: object): tf.Tensor {
  return tf.engine().runKernel(kernel, inputs, attributes as tf.NamedAttrMap) as tf.Tensor;
}

function filterGradient(dyShape: number[], filterShape: number[], strides: unknown, pad: unknown): tf.Tensor {
  return run(
    tf.Conv2DBackpropFilter,
    { x: image(), dy: numbers(dyShape, 9) },
    { strides, pad, dataFormat: 'NHWC', filterShape },
  );
}

function segmentSum(values: tf.Tensor, ids: number[], numSegments: number): tf.Tensor {
  return tf.unsortedSegmentSum(values, tf.tensor1d(ids, 'int32'), numSegments);
}
