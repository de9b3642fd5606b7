import type { Operations, Traced } from '../graph/operations.js';
import { Float } from '../graph/value.js';
import { defineKernel } from '../tracing/define-kernel.js';

/** Elementwise functions on floats that ONNX has too, under the same names. */
const ON_FLOATS =
  'Acos Acosh Asin Asinh Atan Atanh Cos Cosh Elu Erf Exp Log Reciprocal Selu Sigmoid Sin Sinh Softplus Sqrt Tan Tanh';
for (const name of ON_FLOATS.split(' ')) {
  defineKernel(name, ({ x }, _, operations) => operations.unary(name, operations.cast(x!, 'float32')));
}

/** Those that keep whole numbers whole. ONNX's rounding of halves is TensorFlow.js': to the even neighbor. */
for (const name of ['Abs', 'Neg', 'Relu', 'Sign']) {
  defineKernel(name, ({ x }, _, operations) => operations.unary(name, x!));
}
for (const name of ['Ceil', 'Floor', 'Round']) {
  defineKernel(name, ({ x }, _, operations) => (x!.value.dtype === 'float32' ? operations.unary(name, x!) : x!));
}

defineKernel('Relu6', ({ x }, _, operations) => clip(x!, 0, 6, operations));
defineKernel<{ clipValueMin: number; clipValueMax: number }>(
  'ClipByValue',
  ({ x }, { clipValueMin, clipValueMax }, operations) => clip(x!, clipValueMin, clipValueMax, operations),
);
defineKernel<{ alpha: number }>('LeakyRelu', ({ x }, { alpha }, operations) =>
  operations.unary('LeakyRelu', operations.cast(x!, 'float32'), 'float32', { alpha: new Float(alpha) }),
);
defineKernel('Rsqrt', ({ x }, _, operations) => inverseRoot(operations.cast(x!, 'float32'), operations));
defineKernel('Square', ({ x }, _, operations) => operations.multiply(x!, x!));
defineKernel('Expm1', ({ x }, _, operations) => operations.subtract(operations.unary('Exp', x!), operations.scalar(1)));
defineKernel('Log1p', ({ x }, _, operations) => operations.unary('Log', operations.add(x!, operations.scalar(1))));

/** 1 for positive numbers, alpha for the others, and NaN for NaN. */
defineKernel<{ alpha?: number }>('Step', ({ x }, { alpha = 0 }, operations) => {
  const zero = operations.scalar(0, x!.value.dtype);
  const positive = operations.binary('Greater', x!, zero, 'bool');
  if (alpha === 0) return operations.cast(positive, 'float32');
  return operations.select(positive, operations.scalar(1), operations.scalar(alpha));
});

const isNotANumber = (x: Traced, operations: Operations) => operations.unary('IsNaN', x, 'bool');
const isInfinite = (x: Traced, operations: Operations) => operations.unary('IsInf', x, 'bool');
defineKernel('IsNan', ({ x }, _, operations) => isNotANumber(x!, operations));
defineKernel('IsInf', ({ x }, _, operations) => isInfinite(x!, operations));
defineKernel('IsFinite', ({ x }, _, operations) =>
  operations.unary('Not', operations.binary('Or', isInfinite(x!, operations), isNotANumber(x!, operations), 'bool')),
);
defineKernel('LogicalNot', ({ x }, _, operations) => operations.unary('Not', operations.cast(x!, 'bool')));

/** dy where y ≥ 0, and dy·(y + 1) below, where y is the result of Elu. */
defineKernel('EluGrad', ({ dy, y }, _, operations) => {
  const positive = operations.binary('GreaterOrEqual', y!, operations.scalar(0), 'bool');
  return operations.select(positive, dy!, operations.multiply(dy!, operations.add(y!, operations.scalar(1))));
});

/** x where it is positive or 0, factor·x below. */
export function prelu(x: Traced, factor: Traced, operations: Operations): Traced {
  const positive = operations.binary('GreaterOrEqual', x, operations.scalar(0), 'bool');
  return operations.select(positive, x, operations.multiply(x, factor));
}

export function inverseRoot(x: Traced, operations: Operations): Traced {
  return operations.unary('Reciprocal', operations.unary('Sqrt', x));
}

export function clip(x: Traced, low: number, high: number, operations: Operations): Traced {
  const { dtype } = x.value;
  const bounded = operations.binary('Max', x, operations.scalar(low, dtype));
  return operations.binary('Min', bounded, operations.scalar(high, dtype));
}
