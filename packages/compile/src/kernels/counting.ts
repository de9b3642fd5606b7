import { elementCount } from '../graph/value.js';
import { defineKernel } from '../tracing/define-kernel.js';

/** How often each number from 0 to `size` − 1 occurs in a row, or the sum of the weights where it does. Others are left out. */
for (const kernelName of ['Bincount', 'DenseBincount']) {
  defineKernel<{ size: number; binaryOutput?: boolean }>(
    kernelName,
    ({ x, weights }, { size, binaryOutput = false }, operations) => {
      const { dtype } = weights!.value;
      const numbers = operations.reshape(x!, [...x!.shape, 1]);
      const classes = operations.sequence(size, 0, 1, 'int32');
      const isClass = operations.binary('Equal', operations.cast(numbers, 'int32'), classes, 'bool');
      const ones = operations.cast(isClass, dtype);
      const axis = [x!.shape.length - 1];
      if (binaryOutput) return operations.reduce('ReduceMax', ones, axis, false);
      if (elementCount(weights!.shape) === 0) return operations.reduce('ReduceSum', ones, axis, false);
      const weighted = operations.multiply(ones, operations.reshape(weights!, [...x!.shape, 1]));
      return operations.reduce('ReduceSum', weighted, axis, false);
    },
  );
}

/** Where values would be put into sorted rows: before those that are equal, or behind them. */
defineKernel<{ side: 'left' | 'right' }>('SearchSorted', ({ sortedSequence, values }, { side }, operations) => {
  const [batch, length] = sortedSequence!.shape as [number, number];
  const [, count] = values!.shape as [number, number];
  const each = operations.reshape(sortedSequence!, [batch, 1, length]);
  const asked = operations.reshape(values!, [batch, count, 1]);
  const isBefore = operations.binary(side === 'left' ? 'Less' : 'LessOrEqual', each, asked, 'bool');
  return operations.reduce('ReduceSum', operations.cast(isBefore, 'int32'), [2], false);
});

/** ONNX has none: each product is one of a row in which what is not in it is 1. */
defineKernel<{ axis: number; exclusive: boolean; reverse: boolean }>(
  'Cumprod',
  ({ x }, { axis, exclusive, reverse }, operations) => {
    const rank = x!.shape.length;
    const along = axis < 0 ? axis + rank : axis;
    const length = x!.shape[along]!;
    const numbers = x!.value.dtype === 'bool' ? operations.cast(x!, 'int32') : x!;
    const others = [...x!.shape.keys()].filter((other) => other !== along);
    const rows = operations.transpose(numbers, [...others, along]);
    const [place, factor] = [
      operations.constant([...Array(length).keys()], [length, 1], 'int32'),
      operations.sequence(length, 0, 1, 'int32'),
    ];
    const comparison = `${reverse ? 'Less' : 'Greater'}${exclusive ? '' : 'OrEqual'}`;
    const isIn = operations.binary(comparison, place, factor, 'bool');
    const wide = operations.reshape(rows, [...rows.shape.slice(0, -1), 1, length]);
    const factors = operations.select(isIn, wide, operations.scalar(1, numbers.value.dtype));
    const products = operations.reduce('ReduceProd', factors, [rank], false);
    const back = [...x!.shape.keys()].map((position) => (position === along ? rank - 1 : others.indexOf(position)));
    return operations.transpose(products, back);
  },
);
