import { CompileError } from '../errors.js';
import type { Operations, Traced } from '../graph/operations.js';
import { Float } from '../graph/value.js';
import { defineKernel, type KernelInputs } from '../tracing/define-kernel.js';
import { clip, relu } from './unary.js';

interface MatMulAttributes {
  transposeA?: boolean;
  transposeB?: boolean;
}

export interface FusedAttributes {
  activation?: string;
  leakyreluAlpha?: number;
}

defineKernel<MatMulAttributes>('BatchMatMul', ({ a, b }, { transposeA, transposeB }, operations) =>
  operations.matrixProduct(a!, b!, { transposeA: !!transposeA, transposeB: !!transposeB }),
);

defineKernel<MatMulAttributes & FusedAttributes>('_FusedMatMul', (inputs, attributes, operations) => {
  const { transposeA, transposeB } = attributes;
  const options = { transposeA: !!transposeA, transposeB: !!transposeB };
  return finish(operations.matrixProduct(inputs.a!, inputs.b!, options), inputs, attributes, operations);
});

/** The bias and activation that TensorFlow.js' fused kernels end with. */
export function finish(
  product: Traced,
  { bias, preluActivationWeights }: KernelInputs,
  { activation = 'linear', leakyreluAlpha = 0.2 }: FusedAttributes,
  operations: Operations,
): Traced {
  const sum = bias ? operations.add(product, bias) : product;
  switch (activation) {
    case 'linear':
      return sum;
    case 'relu':
      return relu(sum, operations);
    case 'relu6':
      return clip(sum, 0, 6, operations);
    case 'elu':
      return operations.unary('Elu', sum);
    case 'sigmoid':
      return operations.unary('Sigmoid', sum);
    case 'leakyrelu':
      return operations.unary('LeakyRelu', sum, 'float32', { alpha: new Float(leakyreluAlpha) });
    case 'prelu': {
      const positive = operations.binary('GreaterOrEqual', sum, operations.scalar(0), 'bool');
      return operations.select(positive, sum, operations.multiply(sum, preluActivationWeights!));
    }
    default:
      throw new CompileError(`The activation "${activation}" of a fused operation has no translation into ONNX.`);
  }
}
