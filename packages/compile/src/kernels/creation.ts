import type * as tf from '@tensorflow/tfjs-core';
import { defineKernel } from '../tracing/define-kernel.js';
import { elementType } from '../tracing/tracing-backend.js';

defineKernel<{ shape: number[]; value: number; dtype?: tf.DataType }>(
  'Fill',
  (_, { shape, value, dtype = 'float32' }, operations) => operations.filled(Number(value), shape, elementType(dtype)),
);
defineKernel('ZerosLike', ({ x }, _, operations) => operations.filled(0, x!.shape, x!.value.dtype));
defineKernel('OnesLike', ({ x }, _, operations) => operations.filled(1, x!.shape, x!.value.dtype));

defineKernel<{ start: number; stop: number; step: number; dtype?: tf.DataType }>(
  'Range',
  (_, { start, stop, step, dtype = 'float32' }, operations) => {
    const length = Math.max(0, Math.ceil((stop - start) / step));
    return operations.sequence(length, start, step, elementType(dtype));
  },
);

defineKernel<{ start: number; stop: number; num: number }>('LinSpace', (_, { start, stop, num }, operations) =>
  operations.sequence(num, start, num > 1 ? (stop - start) / (num - 1) : 0),
);

defineKernel<{ depth: number; onValue: number; offValue: number; dtype?: tf.DataType }>(
  'OneHot',
  ({ indices }, { depth, onValue, offValue, dtype = 'int32' }, operations) => {
    const type = elementType(dtype);
    const column = operations.reshape(indices!, [...indices!.shape, 1]);
    const classes = operations.sequence(depth, 0, 1, 'int32');
    const isClass = operations.binary('Equal', operations.cast(column, 'int32'), classes, 'bool');
    if (onValue === 1 && offValue === 0) return operations.cast(isClass, type);
    return operations.select(isClass, operations.scalar(onValue, type), operations.scalar(offValue, type));
  },
);

defineKernel('Identity', ({ x }) => x!);

defineKernel<{ dtype: tf.DataType }>('Cast', ({ x }, { dtype }, operations) => {
  const type = elementType(dtype);
  // TensorFlow.js' true is every number but zero, NaN too, on all of its backends.
  if (type === 'bool' && x!.value.dtype !== 'bool') {
    const isZero = operations.binary('Equal', x!, operations.scalar(0, x!.value.dtype), 'bool');
    return operations.unary('Not', isZero);
  }
  return operations.cast(x!, type);
});
