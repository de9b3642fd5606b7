import { CompileError } from '../errors.js';
import type { Operations, Traced } from '../graph/operations.js';
import { elementCount } from '../graph/value.js';
import { axesOf, defineKernel } from '../tracing/define-kernel.js';

defineKernel<{ axis: number; batchDims: number }>('GatherV2', ({ x, indices }, { axis, batchDims }, operations) => {
  const [along] = axesOf(axis, x!.shape) as [number];
  const positions = withoutNegative(indices!, operations);
  if (batchDims === 0) return operations.gather(x!, positions, along);
  if (batchDims !== 1 || along !== 1) {
    throw new CompileError(
      `tf.gather is compiled for at most one batch axis, with axis 1, but got batchDims ${batchDims} and axis ${axis}.`,
    );
  }
  const [batch, count] = positions.shape as [number, number];
  const [, size, ...rest] = x!.shape as [number, number, ...number[]];
  const offsets = operations.reshape(operations.sequence(batch, 0, size, 'int32'), [batch, 1]);
  const rows = operations.reshape(x!, [batch * size, ...rest]);
  // One beyond an image must not reach into the next.
  const isBeyond = operations.binary('GreaterOrEqual', positions, operations.scalar(size, 'int32'), 'bool');
  const inImage = operations.select(isBeyond, operations.scalar(NOWHERE, 'int32'), positions);
  const flat = operations.reshape(operations.add(inImage, offsets), [batch * count]);
  return operations.reshape(operations.gather(rows, flat, 0), [batch, count, ...rest]);
});

// The operators on lists of positions take no 32-bit integers.
defineKernel('GatherNd', ({ params, indices }, _, operations) => {
  const depth = indices!.shape.at(-1)!;
  const shape = [...indices!.shape.slice(0, -1), ...params!.shape.slice(depth)];
  return operations.apply(
    'GatherND',
    [params!, operations.cast(withoutNegative(indices!, operations), 'int64')],
    shape,
    params!.value.dtype,
  );
});

defineKernel<{ shape: number[] }>('ScatterNd', ({ indices, updates }, { shape }, operations) =>
  scatterAdd(
    operations.filled(0, shape, updates!.value.dtype),
    withoutNegative(indices!, operations),
    updates!,
    operations,
  ),
);

defineKernel('TensorScatterUpdate', ({ tensor, indices, updates }, _, operations) =>
  operations.apply(
    'ScatterND',
    [tensor!, operations.cast(withoutNegative(indices!, operations), 'int64'), updates!],
    tensor!.shape,
    tensor!.value.dtype,
  ),
);

/** One value for each position, or the same for all; the others are the default. */
defineKernel<{ outputShape: number[] }>(
  'SparseToDense',
  ({ sparseIndices, sparseValues, defaultValue }, { outputShape }, operations) => {
    const { dtype } = sparseValues!.value;
    const depth = outputShape.length;
    const count = elementCount(sparseIndices!.shape) / depth;
    const positions = operations.reshape(withoutNegative(sparseIndices!, operations), [count, depth]);
    const value = defaultValue ?? operations.scalar(0, dtype);
    const base = { value: operations.reshape(value, []).value, shape: outputShape };
    const updates =
      elementCount(sparseValues!.shape) === count
        ? operations.reshape(sparseValues!, [count])
        : { value: operations.reshape(sparseValues!, []).value, shape: [count] };
    return operations.apply('ScatterND', [base, operations.cast(positions, 'int64'), updates], outputShape, dtype);
  },
);

/** Row s of the result is the sum of the rows whose id is s: the gradient of gathering. Ids outside are left out. */
defineKernel<{ numSegments: number }>('UnsortedSegmentSum', ({ x, segmentIds }, { numSegments }, operations) => {
  const { dtype } = x!.value;
  const rows = elementCount(segmentIds!.shape);
  const rowShape = x!.shape.slice(segmentIds!.shape.length);
  const ids = operations.reshape(operations.cast(segmentIds!, 'int32'), [rows, 1]);
  const zero = operations.scalar(0, 'int32');
  const count = operations.scalar(numSegments, 'int32');
  const tooHigh = operations.select(operations.binary('Less', ids, zero, 'bool'), count, ids);
  const outside = operations.binary('GreaterOrEqual', tooHigh, count, 'bool');
  const flat = operations.reshape(x!, [rows, elementCount(rowShape)]);
  const updates = operations.select(outside, operations.scalar(0, dtype), flat);
  const sums = operations.filled(0, [numSegments, elementCount(rowShape)], dtype);
  const result = scatterAdd(sums, operations.select(outside, zero, ids), { ...updates, shape: flat.shape }, operations);
  return operations.reshape(result, [numSegments, ...rowShape]);
});

function scatterAdd(into: Traced, indices: Traced, updates: Traced, operations: Operations): Traced {
  const inputs = [into, operations.cast(indices, 'int64'), updates];
  return operations.apply('ScatterND', inputs, into.shape, into.value.dtype, { reduction: 'add' });
}

/** A position that no tensor has, also where an offset is added to it. */
const NOWHERE = -(2 ** 31);

/** ONNX counts negative positions from the end; TensorFlow.js refuses them. */
function withoutNegative(indices: Traced, operations: Operations): Traced {
  const positions = operations.cast(indices, 'int32');
  const { source } = positions.value;
  if (source.kind === 'constant' && (source.data as Int32Array).every((position) => position >= 0)) return positions;
  const isNegative = operations.binary('Less', positions, operations.scalar(0, 'int32'), 'bool');
  return operations.select(isNegative, operations.scalar(NOWHERE, 'int32'), positions);
}
