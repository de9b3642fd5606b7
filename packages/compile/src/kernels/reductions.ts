import type { Operations, Traced } from '../graph/operations.js';
import { sameShape } from '../graph/value.js';
import { axesOf, defineKernel } from '../tracing/define-kernel.js';

interface ReductionAttributes {
  axis?: number | number[];
  /** What Max calls its axes. */
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

const REDUCTIONS: Record<string, string> = {
  All: 'ReduceMin',
  Any: 'ReduceMax',
  Max: 'ReduceMax',
  Min: 'ReduceMin',
  Prod: 'ReduceProd',
  Sum: 'ReduceSum',
};
for (const [kernelName, operator] of Object.entries(REDUCTIONS)) {
  defineKernel<ReductionAttributes>(kernelName, ({ x }, { axis, reductionIndices, keepDims = false }, operations) => {
    const numbers = x!.value.dtype === 'bool' ? operations.cast(x!, 'int32') : x!;
    const axes = axesOf(axis ?? reductionIndices, x!.shape);
    const squared = operator === 'ReduceSum' ? squareRoot(numbers) : undefined;
    if (squared) return sumOfSquares(squared, axes, keepDims, operations);
    const result = operations.reduce(operator, numbers, axes, keepDims);
    return kernelName === 'All' || kernelName === 'Any' ? operations.cast(result, 'bool') : result;
  });
}

/** What was squared to give this. */
function squareRoot({ value, shape }: Traced): Traced | undefined {
  const { source } = value;
  if (source.kind !== 'node' || source.node.operator !== 'Mul' || !sameShape(value.shape, shape)) return undefined;
  const [one, other] = source.node.inputs;
  return one && one === other ? { value: one, shape } : undefined;
}

/** Without keeping the squares; along the last axis first, which is more exact than one long sum, and parallel. */
function sumOfSquares(x: Traced, axes: readonly number[], keepDimensions: boolean, operations: Operations): Traced {
  const last = x.shape.length - 1;
  if (axes.length === 1 || !axes.includes(last)) return operations.reduce('ReduceSumSquare', x, axes, keepDimensions);
  const rows = operations.reduce('ReduceSumSquare', x, [last], keepDimensions);
  const others = axes.filter((axis) => axis !== last);
  return operations.reduce('ReduceSum', rows, others, keepDimensions);
}

defineKernel<ReductionAttributes>('Mean', ({ x }, { axis, keepDims = false }, operations) =>
  operations.reduce('ReduceMean', operations.cast(x!, 'float32'), axesOf(axis, x!.shape), keepDims),
);

for (const name of ['ArgMax', 'ArgMin']) {
  defineKernel<{ axis: number | number[] }>(name, ({ x }, { axis }, operations) => {
    const [along] = axesOf(axis, x!.shape) as [number];
    const shape = x!.shape.toSpliced(along, 1);
    const positions = operations.apply(name, [x!], shape, 'int64', { axis: along, keepdims: 0 });
    return operations.cast(positions, 'int32');
  });
}

defineKernel<{ axis: number; exclusive: boolean; reverse: boolean }>(
  'Cumsum',
  ({ x }, { axis, exclusive, reverse }, operations) => {
    const [along] = axesOf(axis, x!.shape) as [number];
    const inputs = [x!, operations.builder.scalar(along, 'int32')];
    const attributes = { exclusive: Number(exclusive), reverse: Number(reverse) };
    return operations.apply('CumSum', inputs, x!.shape, x!.value.dtype, attributes);
  },
);

/** The k largest along the last axis, sorted, and where they are. */
defineKernel<{ k: number }>('TopK', ({ x }, { k }, operations) => {
  const shape = [...x!.shape.slice(0, -1), k];
  const types = [
    { shape, dtype: x!.value.dtype },
    { shape, dtype: 'int64' as const },
  ];
  const attributes = { axis: -1, largest: 1, sorted: 1 };
  const [values, positions] = operations.applyAll('TopK', [x!, operations.builder.integers([k])], types, attributes);
  return [values!, operations.cast(positions!, 'int32')];
});

defineKernel<{ dim: number }>('Softmax', ({ logits }, { dim }, operations) => softmax(logits!, dim, operations));
defineKernel<{ axis: number }>('LogSoftmax', ({ logits }, { axis }, operations) => {
  const [along] = axesOf(axis, logits!.shape) as [number];
  return operations.apply('LogSoftmax', [logits!], logits!.shape, 'float32', { axis: along });
});

export function softmax(logits: Traced, axis: number, operations: Operations): Traced {
  const [along] = axesOf(axis, logits.shape) as [number];
  return operations.apply('Softmax', [operations.cast(logits, 'float32')], logits.shape, 'float32', { axis: along });
}
