import { toFloat16 } from '@llm-mde/checkpoints';
import { Attribute, type Graph, Node } from '../format/graph.js';
import type { Model } from '../format/model.js';
import { Tensor } from '../format/tensor.js';
import { FLOAT } from '../format/types.js';
import { type Constant, removeUnused, Scope } from './constants.js';

/** A product with a constant matrix: `output = factor * (input @ weight)`. */
interface Product {
  readonly input: string;
  readonly output: string;
  /** Of the node that is replaced; may be empty. */
  readonly name: string;
  readonly weight: Weight;
}

export interface Weight extends Constant {
  /** Of the input, and of the output. */
  readonly rows: number;
  readonly columns: number;
  /** Sizes of the weight before the last two, where it is a batch of matrices. */
  readonly batch: readonly number[];
  readonly factor: number;
}

/** How nodes are replaced. What returns undefined leaves a node as it is. */
export interface Replacement {
  product(product: Product, graph: Graph): Node[] | undefined;
  /** A node that looks values up in a constant table. */
  gather?(node: Node, table: Constant): Node[] | undefined;
}

/**
 * Replaces MatMul and Gemm with constant weights, and Gather from constant tables, subgraphs included. What nothing reads any more is removed.
 * @param exclude Names of nodes that stay.
 * @returns how many nodes were replaced.
 */
export function replaceNodes(model: Model, replacement: Replacement, exclude: readonly string[]): number {
  const unique = model.uniqueNames();
  const read = new Set<string>();
  let count = 0;
  const replace = (node: Node, scope: Scope): Node[] | undefined => {
    if (node.domain !== '' || exclude.includes(node.name)) return undefined;
    if (node.operator === 'Gather') {
      const table = scope.constant(node.inputs[0]!);
      return table && !table.transposed ? note(replacement.gather?.(node, table), table) : undefined;
    }
    if (node.operator !== 'MatMul' && node.operator !== 'Gemm') return undefined;
    const weight = weightOf(node, scope);
    if (!weight) return undefined;
    const nodes = node.operator === 'MatMul' ? matMul(node, weight) : gemm(node, weight);
    const product = nodes.product && replacement.product(nodes.product, scope.graph);
    return note(product && [...nodes.before, ...product, ...nodes.after], weight);
  };
  const note = (nodes: Node[] | undefined, { names }: Constant) => {
    if (!nodes) return undefined;
    count++;
    for (const name of names) read.add(name);
    return nodes;
  };
  const matMul = (node: Node, weight: Weight) => {
    const product = { input: node.inputs[0]!, output: node.outputs[0]!, name: node.name, weight };
    return { before: [], product, after: [] };
  };
  /** Gemm adds its third input, and may transpose the first. */
  const gemm = (node: Node, weight: Weight) => {
    const [before, after]: [Node[], Node[]] = [[], []];
    const named = (suffix: string) => ({ name: node.name === '' ? '' : `${node.name}_${suffix}` });
    let [input, output] = [node.inputs[0]!, node.outputs[0]!];
    if (node.attribute('transA')?.integer) {
      const transposed = unique(`${input}_transposed`);
      const attributes = [Attribute.integers('perm', [1, 0])];
      before.push(Node.create('Transpose', [input], [transposed], { ...named('transpose'), attributes }));
      input = transposed;
    }
    let bias = node.inputs[2] ?? '';
    if (bias !== '') {
      const beta = node.attribute('beta')?.float ?? 1;
      if (beta !== 1) {
        const [factor, scaled] = [unique(`${node.outputs[0]}_beta`), unique(`${bias}_scaled`)];
        model.graph.initializers.push(scalarOf(factor, weight.tensor.type, beta));
        before.push(Node.create('Mul', [bias, factor], [scaled], named('beta')));
        bias = scaled;
      }
      const product = unique(`${output}_product`);
      after.push(Node.create('Add', [product, bias], [output], named('add')));
      output = product;
    }
    return { before, product: { input, output, name: node.name, weight }, after };
  };
  const visit = (scope: Scope) => {
    scope.graph.nodes = scope.graph.nodes.flatMap((node) => {
      for (const subgraph of node.subgraphs) visit(new Scope(subgraph, scope));
      return replace(node, scope) ?? [node];
    });
  };
  visit(new Scope(model.graph));
  removeUnused(model, read);
  return count;
}

/** A constant of one value. */
function scalarOf(name: string, type: number, value: number): Tensor {
  const values = Float32Array.of(value);
  return Tensor.create(name, [], type, new Uint8Array((type === FLOAT ? values : toFloat16(values)).buffer));
}

function weightOf(node: Node, scope: Scope): Weight | undefined {
  const constant = scope.constant(node.inputs[1] ?? '');
  if (!constant || constant.tensor.shape.length < 2 || constant.tensor.size === 0) return undefined;
  const isGemm = node.operator === 'Gemm';
  const transposed = constant.transposed !== (isGemm && Boolean(node.attribute('transB')?.integer));
  const sizes = constant.tensor.shape.slice(-2);
  const [rows, columns] = (transposed ? sizes.reverse() : sizes) as [number, number];
  const factor = isGemm ? (node.attribute('alpha')?.float ?? 1) : 1;
  return { ...constant, transposed, rows, columns, batch: constant.tensor.shape.slice(0, -2), factor };
}
