import { elementCount, Float } from '../graph/value.js';
import { defineKernel } from '../tracing/define-kernel.js';
import { softmax } from './reductions.js';
import { inverseRoot } from './unary.js';
import { channelsFirst, channelsLast } from './windows.js';

defineKernel<{ varianceEpsilon: number }>(
  'FusedBatchNorm',
  ({ x, mean, variance, offset, scale }, { varianceEpsilon }, operations) => {
    const inverse = inverseRoot(operations.add(variance!, operations.scalar(varianceEpsilon)), operations);
    const factor = scale ? operations.multiply(inverse, scale) : inverse;
    const normalized = operations.multiply(operations.subtract(x!, mean!), factor);
    return offset ? operations.add(normalized, offset) : normalized;
  },
);

/** Divided by what the squares in neighboring channels sum up to; ONNX' alpha is for their mean. */
defineKernel<{ depthRadius: number; bias: number; alpha: number; beta: number }>(
  'LRN',
  ({ x }, { depthRadius, bias, alpha, beta }, operations) => {
    const size = 2 * depthRadius + 1;
    const images = channelsFirst(x!, operations);
    const settings = { size, bias: new Float(bias), alpha: new Float(alpha * size), beta: new Float(beta) };
    return channelsLast(operations.apply('LRN', [images], images.shape, 'float32', settings), operations);
  },
);

/*
 * Composite kernels of @llm-mde/nn (its `compositeKernel`), known here by their names. Each has the inputs, attributes and outputs of the
 * original, so that the gradients registered with it apply; what it saves for them comes out of the one fused operator.
 */

/** Outputs: the result, and for the gradient the mean and 1/√(variance + ε). */
defineKernel<{ epsilon: number }>('LlmMdeLayerNormalization', ({ x, weight, bias }, { epsilon }, operations) => {
  const shape = x!.shape;
  const perRow = [...shape.slice(0, -1), 1];
  const types = [shape, perRow, perRow].map((outputShape) => ({ shape: outputShape, dtype: 'float32' as const }));
  const attributes = { axis: -1, epsilon: new Float(epsilon) };
  return operations.applyAll('LayerNormalization', [x!, weight!, bias!], types, attributes);
});

defineKernel('LlmMdeGelu', ({ x }, _, operations) => [operations.unary('Gelu', x!)]);

/** Outputs: the result, and for the gradient the weights before dropout. */
for (const kernelName of ['LlmMdeAttention', 'LlmMdeAttentionWithDropout']) {
  defineKernel<{ scale: number }>(kernelName, ({ query, key, value, mask, dropoutMask }, { scale }, operations) => {
    const scores = operations.matrixProduct(query!, key!, { transposeB: true, scale });
    const weights = softmax(mask ? operations.add(scores, mask) : scores, -1, operations);
    // The other way round than in the gradient, so that it is not recognized there: computing it again is cheaper than keeping it.
    const kept = dropoutMask ? operations.multiply(dropoutMask, weights) : weights;
    return [operations.matrixProduct(kept, value!), weights];
  });
}

/**
 * `x`, but not before `after` is there: Where(always, x, x), with a condition that no optimizer sees through. Gradient checkpointing
 * needs it: without, the second computation of a part would be recognized as the first one, whose results would then be kept.
 */
defineKernel('LlmMdeAfter', ({ x, after }, _, operations) => {
  const { shape } = after!;
  const one = operations.slice(operations.reshape(after!, [elementCount(shape)]), [0], [1]);
  const always = operations.unary('Not', operations.unary('IsNaN', operations.reshape(one, []), 'bool'));
  return [operations.apply('Where', [always, x!, x!], x!.shape, x!.value.dtype)];
});
