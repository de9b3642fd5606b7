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

/** Without the sums of several tensors at once that TensorFlow.js splits: ONNX has the same equations. */
defineKernel<{ equation: string }>('Einsum', (inputs, { equation }, operations) => {
  const tensors = Object.values(inputs);
  const compact = equation.replace(/\s/g, '');
  const [terms, result = ''] = compact.split('->') as [string, string?];
  const sizes = new Map<string, number>();
  for (const [index, term] of terms.split(',').entries()) {
    for (const [axis, letter] of [...term].entries()) sizes.set(letter, tensors[index]!.shape[axis]!);
  }
  const shape = [...result].map((letter) => sizes.get(letter)!);
  return operations.apply('Einsum', tensors, shape, tensors[0]!.value.dtype, { equation: compact });
});

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
