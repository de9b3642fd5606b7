import { GraphBuilder } from '../graph/builder.js';
import type { Attributes, Float, Node, Value } from '../graph/value.js';
import type { LoweringTarget } from './lowered-model.js';
import type { QuantizedWeight } from './quantize-weights.js';

/**
 * Replaces every `MatrixProduct` by what the target has for it:
 *
 * - on the CPU `FusedMatMul`, ONNX Runtime's own, which reads a transposed matrix as it lies, and for quantized weights `DynamicQuantizeMatMul`, with a
 *   bias that is added;
 * - elsewhere `Gemm` for two matrices, together with a bias that is added to the product, and `Transpose` with `MatMul` for batches.
 *   (WebGPU would hand FusedMatMul to the processor.)
 *
 * @param results Values that are needed as they are, whatever else uses them.
 * @returns the nodes in order, and for each replaced value what stands in its place.
 */
export function lowerMatrixProducts(
  nodes: readonly Node[],
  results: ReadonlySet<Value>,
  target: LoweringTarget,
  quantized: ReadonlyMap<Node, QuantizedWeight> = new Map(),
) {
  const takesBias = (product: Node) => (target === 'cpu' ? quantized.has(product) : isMatrix(product));
  const biased = biasedProducts(nodes, results, takesBias);
  const withBias = new Set([...biased.values()].map(({ product }) => product));
  const replaced = new Map<Value, Value>();
  const lowered = new Set<Node>();
  const builder = new GraphBuilder();
  const operation = (
    operator: string,
    inputs: (Value | undefined)[],
    shape: readonly number[],
    attributes: Attributes = {},
  ) => {
    const value = builder.one(operator, inputs, shape, 'float32', attributes);
    if (value.source.kind === 'node') lowered.add(value.source.node);
    return value;
  };
  for (const node of nodes) {
    const resolve = (values: Node['inputs']) => values.map((value) => value && (replaced.get(value) ?? value));
    // One that is waiting for its bias comes with that.
    if (withBias.has(node)) continue;
    const sum = biased.get(node);
    if (sum) replaced.set(node.outputs[0]!, lowerProduct(sum.product, resolve([...sum.product.inputs, sum.bias])));
    else if (node.operator === 'MatrixProduct')
      replaced.set(node.outputs[0]!, lowerProduct(node, resolve(node.inputs)));
    else lowered.add({ ...node, inputs: resolve(node.inputs) });
  }
  return { nodes: [...lowered], replaced };

  /** scale · op(a) · op(b), where op transposes the last two axes or does nothing, and a bias added to every row, if any. */
  function lowerProduct(node: Node, inputs: Node['inputs']): Value {
    const { attributes, outputs } = node;
    const [a, b, bias] = inputs as [Value, Value, Value?];
    const { transposeA, transposeB } = attributes;
    const { value: scale } = attributes.scale as Float;
    const { shape } = outputs[0]!;
    const isPlain = !transposeA && !transposeB && scale === 1 && !bias;
    const weight = quantized.get(node);
    if (weight) {
      // Without a zero point: the weights are symmetric.
      const factors = [a, weight.values, weight.scales, ...(bias ? [undefined, bias] : [])];
      return operation('DynamicQuantizeMatMul', factors, shape);
    }
    if (!isPlain && (target === 'cpu' || isMatrix(node))) {
      const fused = { transA: transposeA!, transB: transposeB!, alpha: attributes.scale! };
      return operation(target === 'cpu' ? 'FusedMatMul' : 'Gemm', bias ? [a, b, bias] : [a, b], shape, fused);
    }
    const factors = [transposeA ? transposed(a) : a, transposeB ? transposed(b) : b];
    const plain = operation('MatMul', factors, shape);
    return scale === 1 ? plain : operation('Mul', [plain, builder.scalar(scale)], shape);
  }

  function transposed(value: Value): Value {
    const axes = [...value.shape.keys()];
    const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
    const shape = perm.map((axis) => value.shape[axis]!);
    return operation('Transpose', [value], shape, { perm });
  }
}

interface BiasedProduct {
  product: Node;
  bias: Value;
}

function isMatrix({ inputs }: Node): boolean {
  return inputs.slice(0, 2).every((factor) => factor!.shape.length === 2);
}

/** The sums of a product and a row, where nothing else needs the product. @param takesBias whether its operator can add a row */
function biasedProducts(
  nodes: readonly Node[],
  results: ReadonlySet<Value>,
  takesBias: (product: Node) => boolean,
): Map<Node, BiasedProduct> {
  const uses = new Map<Value, number>();
  for (const { inputs } of nodes) for (const input of inputs) if (input) uses.set(input, (uses.get(input) ?? 0) + 1);
  const found = new Map<Node, BiasedProduct>();
  for (const node of nodes) {
    if (node.operator !== 'Add') continue;
    const [left, right] = node.inputs as [Value, Value];
    for (const [value, bias] of [
      [left, right],
      [right, left],
    ] as const) {
      const { source, shape } = value;
      const isProduct = source.kind === 'node' && source.node.operator === 'MatrixProduct' && takesBias(source.node);
      const isRow = bias.shape.length === 1 && bias.shape[0] === shape.at(-1);
      if (isProduct && isRow && uses.get(value) === 1 && !results.has(value)) {
        found.set(node, { product: source.node, bias });
        break;
      }
    }
  }
  return found;
}
