import type { Node } from '../format/graph.js';
import { BOOL, FLOAT, INT32, INT64, UINT8 } from '../format/types.js';

/** Neither a tensor nor unknown: a sequence, or an optional value. */
export const NO_TENSOR = -1;
/** Not known. */
export const UNKNOWN = 0;

/**
 * The element types of a node's outputs, as ONNX's operators define them; subgraphs' nodes are left to the caller.
 * @param inputs Element types of its inputs, `UNKNOWN` where one is not known or absent.
 */
export function outputTypes(node: Node, inputs: readonly number[]): number[] {
  const rule = node.domain === '' || node.domain === 'com.microsoft' ? RULES.get(node.operator) : () => [];
  const types = rule ? rule(inputs, node) : node.domain === '' ? [inputs[0] ?? UNKNOWN] : [];
  const last = rule && !REPEATED.has(node.operator) ? undefined : types.at(-1);
  return node.outputs.map((_, index) => types[index] ?? last ?? UNKNOWN);
}

type Rule = (inputs: readonly number[], node: Node) => number[];

/** Operators that give many outputs of one type. */
const REPEATED = new Set(['Split']);

const first: Rule = ([type = UNKNOWN]) => [type];
const always =
  (...types: number[]): Rule =>
  () =>
    types;
const ofInput =
  (index: number): Rule =>
  (inputs) => [inputs[index] ?? UNKNOWN];
const ofAttribute =
  (name: string, otherwise: Rule): Rule =>
  (inputs, node) => {
    const type = node.attribute(name)?.integer;
    return type ? [type] : otherwise(inputs, node);
  };

const RULES = new Map<string, Rule>([
  ...each('Shape Size NonZero ArgMax ArgMin NonMaxSuppression SequenceLength', always(INT64)),
  ...each('Equal Greater GreaterOrEqual Less LessOrEqual And Or Not Xor IsNaN IsInf OptionalHasElement', always(BOOL)),
  ...each('MatMulInteger ConvInteger', always(INT32)),
  ...each('SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SplitToSequence Optional', always(NO_TENSOR)),
  ...each('SequenceMap OptionalGetElement SequenceAt ConcatFromSequence', always(UNKNOWN)),
  ...each('HannWindow HammingWindow BlackmanWindow MelWeightMatrix', ofAttribute('output_datatype', always(FLOAT))),
  ...each('RandomNormal RandomUniform', ofAttribute('dtype', always(FLOAT))),
  ...each('RandomNormalLike RandomUniformLike EyeLike Bernoulli', ofAttribute('dtype', first)),
  ...each('Split', first),
  ['Multinomial', ofAttribute('dtype', always(INT32))],
  ['Cast', ofAttribute('to', always(UNKNOWN))],
  ['CastLike', ofInput(1)],
  ['Constant', constantType],
  ['ConstantOfShape', (_, node) => [node.attribute('value')?.tensor?.type ?? FLOAT]],
  ['Where', ofInput(1)],
  ['OneHot', ofInput(2)],
  ['DequantizeLinear', ofInput(1)],
  ['QuantizeLinear', (inputs) => [inputs[2] || UINT8]],
  ['DynamicQuantizeLinear', always(UINT8, FLOAT, UINT8)],
  ['QLinearConv', ofInput(7)],
  ['QLinearMatMul', ofInput(7)],
  ['TopK', ([type = UNKNOWN]) => [type, INT64]],
  ['MaxPool', ([type = UNKNOWN]) => [type, INT64]],
  ['Unique', ([type = UNKNOWN]) => [type, INT64, INT64, INT64]],
  ['Dropout', ([type = UNKNOWN]) => [type, BOOL]],
  ['LayerNormalization', ([type = UNKNOWN]) => [type, FLOAT, FLOAT]],
  ['BatchNormalization', ([type = UNKNOWN, , , mean = type]) => [type, mean || type, mean || type]],
  ...each('LSTM GRU RNN', ([type = UNKNOWN]) => [type, type, type]),
  ['Attention', ([type = UNKNOWN]) => [type, type, type, type]],
  ['Loop', always()],
  // Those of ONNX Runtime.
  ...each(
    'MatMulNBits MatMulBnb4 BiasGelu FastGelu Gelu QuickGelu FusedMatMul FusedConv BiasAdd BiasSplitGelu RotaryEmbedding NhwcConv BiasSoftmax GroupNorm',
    first,
  ),
  ...each('MultiHeadAttention GroupQueryAttention', ([type = UNKNOWN]) => [type, type, type]),
  ...each('SkipLayerNormalization SkipSimplifiedLayerNormalization', ([type = UNKNOWN]) => [type, FLOAT, FLOAT, type]),
  ['SkipGroupNorm', ([type = UNKNOWN]) => [type, type]],
  ['SimplifiedLayerNormalization', ([type = UNKNOWN]) => [type, FLOAT]],
  ['DynamicQuantizeMatMul', first],
  ['GatherBlockQuantized', ofInput(2)],
]);

function constantType(_: readonly number[], node: Node): number[] {
  const [value] = node.attributes;
  if (value?.name === 'value') return [value.tensor?.type ?? UNKNOWN];
  if (value?.name.startsWith('value_float')) return [FLOAT];
  return [value?.name.startsWith('value_int') ? INT64 : NO_TENSOR];
}

function each(operators: string, rule: Rule): [string, Rule][] {
  return operators.split(' ').map((operator) => [operator, rule]);
}
