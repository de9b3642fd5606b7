/** Operators that have no float16, whose sums or positions go beyond it, or whose type an attribute says. */
export const FLOAT32_OPERATORS: ReadonlySet<string> = new Set([
  ...['Range', 'CumSum', 'TopK', 'NonMaxSuppression', 'RoiAlign', 'Upsample', 'Min', 'Max'],
  ...['DynamicQuantizeLinear', 'ConstantOfShape', 'EyeLike', 'Bernoulli', 'Multinomial'],
  ...['RandomNormal', 'RandomUniform', 'RandomNormalLike', 'RandomUniformLike'],
  ...['HannWindow', 'HammingWindow', 'BlackmanWindow', 'MelWeightMatrix'],
  ...['SequenceConstruct', 'SequenceEmpty', 'SequenceErase', 'SequenceInsert', 'SequenceAt', 'SequenceMap'],
  ...['SplitToSequence', 'ConcatFromSequence', 'Optional', 'OptionalGetElement', 'OptionalHasElement'],
]);

/** ONNX Runtime's own operators that have float16. */
export const ONNX_RUNTIME_OPERATORS: ReadonlySet<string> = new Set([
  ...['MatMulNBits', 'MatMulBnb4', 'FusedMatMul', 'GatherBlockQuantized', 'RotaryEmbedding'],
  ...['BiasGelu', 'FastGelu', 'Gelu', 'QuickGelu', 'BiasAdd', 'BiasSplitGelu', 'BiasSoftmax', 'NhwcConv'],
  ...['MultiHeadAttention', 'GroupQueryAttention', 'GroupNorm', 'SkipGroupNorm'],
  ...['SkipLayerNormalization', 'SkipSimplifiedLayerNormalization', 'SimplifiedLayerNormalization'],
]);

/** Inputs that are float32 whatever the others are, by operator. */
export const FLOAT32_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Resize: [2],
  GroupNorm: [1, 2],
  SkipGroupNorm: [1, 2],
};
/** The scales of Resize before opset 11. */
export const RESIZE_BEFORE_11: readonly number[] = [1];
