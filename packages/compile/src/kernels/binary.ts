import { broadcastShape, type Operations, type Traced } from '../graph/operations.js';
import { defineKernel } from '../tracing/define-kernel.js';
import { prelu } from './unary.js';

/** ONNX' operators, and what TensorFlow.js calls those that have another name there. */
const ARITHMETIC = ['Add', 'Sub', 'Mul', 'Max', 'Min', 'Pow'];
const COMPARISONS = ['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'];
const LOGICAL = ['And', 'Or', 'Xor'];
const OTHER_NAMES: Record<string, string> = {
  Mul: 'Multiply',
  Max: 'Maximum',
  Min: 'Minimum',
  GreaterOrEqual: 'GreaterEqual',
  LessOrEqual: 'LessEqual',
  And: 'LogicalAnd',
  Or: 'LogicalOr',
  Xor: 'LogicalXor',
};
for (const operator of [...ARITHMETIC, ...COMPARISONS, ...LOGICAL]) {
  const convert = LOGICAL.includes(operator) ? truth : number;
  const dtype = ARITHMETIC.includes(operator) ? undefined : 'bool';
  defineKernel(OTHER_NAMES[operator] ?? operator, ({ a, b }, _, operations) =>
    operations.binary(operator, convert(a!, operations), convert(b!, operations), dtype),
  );
}

defineKernel('RealDiv', ({ a, b }, _, operations) =>
  operations.divide(operations.cast(a!, 'float32'), operations.cast(b!, 'float32')),
);

/** ⌊a/b⌋, an integer. */
defineKernel('FloorDiv', ({ a, b }, _, operations) => {
  const quotient = operations.divide(operations.cast(a!, 'float32'), operations.cast(b!, 'float32'));
  return operations.cast(operations.unary('Floor', quotient), 'int32');
});

/** The remainder with the sign of the divisor. */
defineKernel('Mod', ({ a, b }, _, operations) => {
  if (a!.value.dtype === 'int32') return operations.binary('Mod', a!, b!);
  const quotient = operations.unary('Floor', operations.divide(a!, b!));
  return operations.subtract(a!, operations.multiply(quotient, b!));
});

defineKernel('SquaredDifference', ({ a, b }, _, operations) => {
  const difference = operations.subtract(a!, b!);
  return operations.multiply(difference, difference);
});

defineKernel('BitwiseAnd', ({ a, b }, _, operations) => operations.binary('BitwiseAnd', a!, b!));

defineKernel('AddN', (inputs, _, operations) => Object.values(inputs).reduce((sum, term) => operations.add(sum, term)));

defineKernel('Prelu', ({ x, alpha }, _, operations) => prelu(x!, alpha!, operations));

/** The angle of (b,a), from −π to π; ONNX has only the arctangent of a quotient. */
defineKernel('Atan2', ({ a, b }, _, operations) => {
  const zero = operations.scalar(0);
  const isNegative = (x: Traced) => operations.binary('Less', x, zero, 'bool');
  const half = operations.select(isNegative(a!), operations.scalar(-Math.PI), operations.scalar(Math.PI));
  const angle = operations.unary('Atan', operations.divide(a!, b!));
  const turned = operations.select(isNegative(b!), operations.add(angle, half), angle);
  const originAngle = operations.filled(0, turned.shape);
  const isZero = (x: Traced) => operations.binary('Equal', x, zero, 'bool');
  return operations.select(operations.binary('And', isZero(a!), isZero(b!), 'bool'), originAngle, turned);
});

defineKernel('NotEqual', ({ a, b }, _, operations) =>
  operations.unary('Not', operations.binary('Equal', number(a!, operations), number(b!, operations), 'bool')),
);

/** A condition of lower rank chooses whole entries of the first axis. */
defineKernel('Select', ({ condition, t, e }, _, operations) => {
  const rank = t!.shape.length;
  const chooser =
    condition!.shape.length < rank && condition!.shape.length === 1
      ? operations.reshape(condition!, [condition!.shape[0]!, ...Array(rank - 1).fill(1)])
      : condition!;
  return { ...operations.select(operations.cast(chooser, 'bool'), t!, e!), shape: broadcastShape(t!.shape, e!.shape) };
});

/** TensorFlow.js does arithmetic on truth values as on the integers 0 and 1. */
function number(x: Traced, operations: Operations): Traced {
  return x.value.dtype === 'bool' ? operations.cast(x, 'int32') : x;
}

function truth(x: Traced, operations: Operations): Traced {
  return operations.cast(x, 'bool');
}
