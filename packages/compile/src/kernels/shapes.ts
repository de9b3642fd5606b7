import * as tf from '@tensorflow/tfjs-core';
import type { Operations, Traced } from '../graph/operations.js';
import { elementCount, sameShape } from '../graph/value.js';
import { axesOf, defineKernel } from '../tracing/define-kernel.js';
import { channelsFirst, channelsLast, type Shape4D } from './windows.js';

defineKernel<{ shape: number[] }>('Reshape', ({ x }, { shape }, operations) =>
  operations.reshape(x!, tf.util.inferFromImplicitShape(shape, elementCount(x!.shape))),
);

defineKernel<{ dim: number }>('ExpandDims', ({ input }, { dim }, operations) => {
  const { shape } = input!;
  return operations.reshape(input!, shape.toSpliced(dim < 0 ? shape.length + 1 + dim : dim, 0, 1));
});

defineKernel<{ perm: number[] }>('Transpose', ({ x }, { perm }, operations) => transposeNow(x!, perm, operations));

defineKernel<{ reps: number[] }>('Tile', ({ x }, { reps }, operations) => {
  const shape = x!.shape.map((size, axis) => size * reps[axis]!);
  // Where single elements are repeated, that is a broadcast.
  const isBroadcast = x!.shape.every((size, axis) => size === 1 || reps[axis] === 1);
  if (isBroadcast || x!.value.splat !== undefined) return { value: x!.value, shape };
  return operations.apply('Tile', [x!, operations.builder.integers(reps)], shape, x!.value.dtype);
});

defineKernel<{ shape: number[] }>('BroadcastTo', ({ x }, { shape }) => ({ value: x!.value, shape }));

defineKernel<{ axis: number }>('Concat', (inputs, { axis }, operations) => {
  const all = Object.values(inputs);
  const [along] = axesOf(axis, all[0]!.shape) as [number];
  const parts = all.filter(({ shape }) => elementCount(shape) > 0);
  return operations.concatenate(parts.length > 0 ? parts : all, along);
});

defineKernel<{ axis: number }>('Pack', (inputs, { axis }, operations) => {
  const parts = Object.values(inputs);
  const along = axis < 0 ? axis + parts[0]!.shape.length + 1 : axis;
  const widened = (part: Traced) => operations.reshape(part, part.shape.toSpliced(along, 0, 1));
  return operations.concatenate(parts.map(widened), along);
});

defineKernel<{ axis: number }>('Unpack', ({ value }, { axis }, operations) => {
  const [along] = axesOf(axis, value!.shape) as [number];
  const shape = value!.shape.filter((_, position) => position !== along);
  const sizes = Array.from({ length: value!.shape[along]! }, () => 1);
  return split(value!, sizes, along, operations).map((part) => operations.reshape(part, shape));
});

defineKernel<{ numOrSizeSplits: number | number[]; axis: number }>(
  'SplitV',
  ({ x }, { numOrSizeSplits, axis }, operations) => {
    const [along] = axesOf(axis, x!.shape) as [number];
    const sizes = tf.backend_util.prepareSplitSize({ shape: [...x!.shape] } as tf.Tensor, numOrSizeSplits, along);
    return split(x!, sizes, along, operations);
  },
);

defineKernel<{ begin: number | number[]; size: number | number[] }>('Slice', ({ x }, { begin, size }, operations) => {
  const tensor = { shape: [...x!.shape], rank: x!.shape.length } as tf.Tensor;
  const [first, sizes] = tf.slice_util.parseSliceParams(tensor, begin, size) as [number[], number[]];
  return operations.slice(x!, first, sizes);
});

defineKernel<tf.StridedSliceAttrs>('StridedSlice', ({ x }, attributes, operations) => {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  const masks = [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const;
  const info = tf.slice_util.sliceInfo([...x!.shape], begin, end, strides, ...masks);
  if (info.isIdentity) return operations.reshape(x!, info.finalShape);
  if (elementCount(info.finalShape) === 0) return operations.filled(0, info.finalShape, x!.value.dtype);
  const size = tf.slice_util.computeOutShape(info.begin, info.end, info.strides);
  return operations.reshape(operations.slice(x!, info.begin, size, info.strides), info.finalShape);
});

defineKernel<{ dims: number | number[] }>('Reverse', ({ x }, { dims }, operations) => {
  const axes = axesOf(dims, x!.shape);
  const begin = x!.shape.map((size, axis) => (axes.includes(axis) ? size - 1 : 0));
  const strides = x!.shape.map((_, axis) => (axes.includes(axis) ? -1 : 1));
  return operations.slice(x!, begin, x!.shape, strides);
});

defineKernel('FlipLeftRight', ({ image }, _, operations) => {
  const { shape } = image!;
  return operations.slice(image!, [0, 0, shape[2]! - 1, 0], shape, [1, 1, -1, 1]);
});

/** The shape that two shapes broadcast to. */
defineKernel('BroadcastArgs', ({ s0, s1 }, _, operations) => {
  const rank = Math.max(s0!.shape[0]!, s1!.shape[0]!);
  const [one, other] = [s0!, s1!].map((shape) => operations.pad(shape, [[rank - shape.shape[0]!, 0]], 1));
  return operations.binary('Max', one!, other!);
});

/** The elements along the diagonal of a square. */
defineKernel('Diag', ({ x }, _, operations) => {
  const count = elementCount(x!.shape);
  const places = operations.sequence(count, 0, 1, 'int32');
  const isDiagonal = operations.binary('Equal', operations.reshape(places, [count, 1]), places, 'bool');
  const row = operations.reshape(x!, [count]);
  const square = operations.select(isDiagonal, row, operations.scalar(0, x!.value.dtype));
  return operations.reshape(square, [...x!.shape, ...x!.shape]);
});

defineKernel<{ paddings: [number, number][]; constantValue?: number }>(
  'PadV2',
  ({ x }, { paddings, constantValue = 0 }, operations) => operations.pad(x!, paddings, constantValue),
);

/** 'reflect' leaves the border out, 'symmetric' repeats it, which ONNX has no mode for: so the rows and columns are picked. */
defineKernel<{ paddings: [number, number][]; mode: 'reflect' | 'symmetric' }>(
  'MirrorPad',
  ({ x }, { paddings, mode }, operations) => {
    const offset = mode === 'reflect' ? 0 : 1;
    return paddings.reduce((padded, [before, after], axis) => {
      const size = x!.shape[axis]!;
      if (before === 0 && after === 0) return padded;
      const positions = Array.from({ length: before + size + after }, (_, index) => {
        const position = index - before;
        if (position < 0) return -position - offset;
        return position < size ? position : 2 * (size - 1) - position + offset;
      });
      return operations.gather(padded, operations.constant(positions, [positions.length], 'int32'), axis);
    }, x!);
  },
);

defineKernel<{ blockSize: number; dataFormat: 'NHWC' | 'NCHW' }>(
  'DepthToSpace',
  ({ x }, { blockSize, dataFormat }, operations) => {
    const isLast = dataFormat === 'NHWC';
    const images = isLast ? x! : channelsLast(x!, operations);
    const [batch, height, width, channels] = images.shape as Shape4D;
    const depth = channels / blockSize ** 2;
    const blocks = operations.reshape(images, [batch, height, width, blockSize, blockSize, depth]);
    const rows = operations.transpose(blocks, [0, 1, 3, 2, 4, 5]);
    const larger = operations.reshape(rows, [batch, height * blockSize, width * blockSize, depth]);
    return isLast ? larger : channelsFirst(larger, operations);
  },
);

defineKernel<{ blockShape: number[]; crops: number[][] }>(
  'BatchToSpaceND',
  ({ x }, { blockShape, crops }, operations) => {
    const product = elementCount(blockShape);
    const reshaped = tf.backend_util.getReshaped([...x!.shape], blockShape, product);
    const permuted = tf.backend_util.getPermuted(reshaped.length, blockShape.length);
    const joined = tf.backend_util.getReshapedPermuted([...x!.shape], blockShape, product);
    const rest = joined.slice(blockShape.length + 1);
    const begin = [...tf.backend_util.getSliceBeginCoords(crops, blockShape.length), ...rest.map(() => 0)];
    const size = [...tf.backend_util.getSliceSize(joined, crops, blockShape.length), ...rest];
    const whole = operations.reshape(operations.transpose(operations.reshape(x!, reshaped), permuted), joined);
    return operations.slice(whole, begin, size);
  },
);

defineKernel<{ blockShape: number[]; paddings: [number, number][] }>(
  'SpaceToBatchND',
  ({ x }, { blockShape, paddings }, operations) => {
    const product = elementCount(blockShape);
    const padded = operations.pad(
      x!,
      x!.shape.map((_, axis) => paddings[axis - 1] ?? [0, 0]),
    );
    const reshaped = tf.backend_util.getReshaped([...padded.shape], blockShape, product, false);
    const permuted = tf.backend_util.getPermuted(reshaped.length, blockShape.length, false);
    const flat = tf.backend_util.getReshapedPermuted([...padded.shape], blockShape, product, false);
    return operations.reshape(operations.transpose(operations.reshape(padded, reshaped), permuted), flat);
  },
);

function split(x: Traced, sizes: readonly number[], axis: number, operations: Operations): Traced[] {
  const shapes = sizes.map((size) => x.shape.with(axis, size));
  if (x.value.splat !== undefined) return shapes.map((shape) => ({ value: x.value, shape }));
  if (sizes.length === 1) return [x];
  const types = shapes.map((shape) => ({ shape, dtype: x.value.dtype }));
  return operations.applyAll('Split', [x, operations.builder.integers(sizes)], types, { axis });
}

/** Constants are transposed here: a variable that is made while tracing has to hold values, not a computation. */
function transposeNow(x: Traced, perm: readonly number[], operations: Operations): Traced {
  const { source, shape, dtype } = x.value;
  if (source.kind !== 'constant' || dtype === 'int64' || x.value.splat !== undefined || !sameShape(shape, x.shape)) {
    return operations.transpose(x, perm);
  }
  const newShape = perm.map((axis) => shape[axis]!);
  const [strides, newStrides] = [shape, newShape].map((sizes) =>
    sizes.map((_, axis) => elementCount(sizes.slice(axis + 1))),
  );
  const positionOf = (index: number) =>
    perm.reduce(
      (sum, axis, newAxis) => sum + (Math.floor(index / newStrides![newAxis]!) % shape[axis]!) * strides![axis]!,
      0,
    );
  const data = source.data as Float32Array;
  return operations.constant(
    data.map((_, index) => data[positionOf(index)]!),
    newShape,
    dtype,
  );
}
