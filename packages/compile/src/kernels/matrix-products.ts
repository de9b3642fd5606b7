import { CompileError } from '../errors.js';
import type { Operations, Traced } from '../graph/operations.js';
import { Float } from '../graph/value.js';
import { defineKernel, type KernelInputs } from '../tracing/define-kernel.js';
import { clip, prelu } from './unary.js';

interface MatMulAttributes {
  transposeA?: boolean;
  transposeB?: boolean;
}

export interface FusedAttributes {
  activation?: string;
  leakyreluAlpha?: number;
}

for (const kernelName of ['BatchMatMul', '_FusedMatMul']) {
  defineKernel<MatMulAttributes & FusedAttributes>(kernelName, (inputs, attributes, operations) => {
    const { transposeA, transposeB } = attributes;
    const options = { transposeA: !!transposeA, transposeB: !!transposeB };
    return finish(operations.matrixProduct(inputs.a!, inputs.b!, options), inputs, attributes, operations);
  });
}

/** The bias and activation that TensorFlow.js' fused kernels end with; the others have neither. */
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
      return operations.unary('Relu', sum);
    case 'relu6':
      return clip(sum, 0, 6, operations);
    case 'elu':
      return operations.unary('Elu', sum);
    case 'sigmoid':
      return operations.unary('Sigmoid', sum);
    case 'leakyrelu':
      return operations.unary('LeakyRelu', sum, 'float32', { alpha: new Float(leakyreluAlpha) });
    case 'prelu':
      return prelu(sum, preluActivationWeights!, operations);
    default:
      throw new CompileError(`The activation "${activation}" of a fused operation has no translation into ONNX.`);
  }
}
