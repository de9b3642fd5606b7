import type { Operations, Traced } from '../graph/operations.js';
import { Float } from '../graph/value.js';
import { defineKernel } from '../tracing/define-kernel.js';

/** Elementwise functions that ONNX has too, on floats. */
const OPERATORS: Record<string, string> = {
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Asinh: 'Asinh',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Elu: 'Elu',
  Erf: 'Erf',
  Exp: 'Exp',
  Log: 'Log',
  Reciprocal: 'Reciprocal',
  Selu: 'Selu',
  Sigmoid: 'Sigmoid',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
};
for (const [kernelName, operator] of Object.entries(OPERATORS)) {
  defineKernel(kernelName, ({ x }, _, operations) => operations.unary(operator, operations.cast(x!, 'float32')));
}

/** Those that keep whole numbers whole. ONNX's rounding of halves is TensorFlow.js': to the even neighbor. */
const KEEPING: Record<string, string> = { Abs: 'Abs', Neg: 'Neg', Sign: 'Sign' };
for (const [kernelName, operator] of Object.entries(KEEPING)) {
  defineKernel(kernelName, ({ x }, _, operations) => operations.unary(operator, x!));
}
for (const name of ['Ceil', 'Floor', 'Round']) {
  defineKernel(name, ({ x }, _, operations) => (x!.value.dtype === 'float32' ? operations.unary(name, x!) : x!));
}

defineKernel('Relu', ({ x }, _, operations) => relu(x!, operations));
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

defineKernel('IsNan', ({ x }, _, operations) => operations.unary('IsNaN', x!, 'bool'));
defineKernel('IsInf', ({ x }, _, operations) => operations.unary('IsInf', x!, 'bool'));
defineKernel('IsFinite', ({ x }, _, operations) => {
  const unbounded = operations.binary(
    'Or',
    operations.unary('IsInf', x!, 'bool'),
    operations.unary('IsNaN', x!, 'bool'),
  );
  return operations.unary('Not', unbounded);
});
defineKernel('LogicalNot', ({ x }, _, operations) => operations.unary('Not', operations.cast(x!, 'bool')));

/** dy where y ≥ 0, and dy·(y + 1) below, where y is the result of Elu. */
defineKernel('EluGrad', ({ dy, y }, _, operations) => {
  const positive = operations.binary('GreaterOrEqual', y!, operations.scalar(0), 'bool');
  return operations.select(positive, dy!, operations.multiply(dy!, operations.add(y!, operations.scalar(1))));
});

export function relu(x: Traced, operations: Operations): Traced {
  return operations.unary('Relu', x);
}

export function inverseRoot(x: Traced, operations: Operations): Traced {
  return operations.unary('Reciprocal', operations.unary('Sqrt', x));
}

export function clip(x: Traced, low: number, high: number, operations: Operations): Traced {
  const { dtype } = x.value;
  const bounded = operations.binary('Max', x, operations.scalar(low, dtype));
  return operations.binary('Min', bounded, operations.scalar(high, dtype));
}
