import type { Graph } from '../graph/graph.js';
import type { Node, Value } from '../graph/value.js';
import { padChannels } from './channel-padding.js';
import type { LoweredModel, LoweredNode, LoweredTensor, LoweringTarget } from './lowered-model.js';
import { lowerMatrixProducts } from './matrix-products.js';
import type { QuantizedWeight } from './quantize-weights.js';

/** Operators that are ONNX Runtime's own, and the domain that they belong to. */
const DOMAINS: Readonly<Record<string, string>> = {
  FusedMatMul: 'com.microsoft',
  DynamicQuantizeMatMul: 'com.microsoft',
};

/**
 * Writes a graph down for whoever will run it. Each operator takes the form that runs best there; the results are the graph's outputs,
 * then the new values of the variables, named by `updateName`.
 *
 * @param variables Whether a variable is an input of the model, which then has no unused ones, or a constant with its present values.
 * @default constants
 * @param quantized Weights in 8 bits, on the CPU, by the products that multiply with them.
 */
export function lower(
  graph: Graph,
  target: LoweringTarget,
  variables: 'inputs' | 'constants' = 'constants',
  quantized?: ReadonlyMap<Node, QuantizedWeight>,
): LoweredModel {
  const needed = new Set([...graph.outputs, ...graph.updates].map(({ value }) => value));
  const { nodes: lowered, replaced } = lowerMatrixProducts(graph.nodes, needed, target, quantized);
  // A file may run on WebGPU too.
  const nodes = target === 'cpu' ? lowered : padChannels(lowered);
  const names = nameValues(graph, nodes);
  const resolve = (value: Value) => replaced.get(value) ?? value;
  const results = [
    ...graph.outputs,
    ...graph.updates.map(({ value }, index) => ({ name: updateName(index), value })),
  ].map(({ name, value }) => ({ name, value: resolve(value), shape: graph.shapeOf(value) }));
  const copies = nameResults(results, names);
  const describe = (value: Value): LoweredTensor => ({
    name: names.get(value)!,
    shape: graph.shapeOf(value),
    dtype: value.dtype,
  });
  const used = new Set([...nodes.flatMap(({ inputs }) => inputs), ...results.map(({ value }) => value)]);
  const newConstants = [...used].filter(
    (value): value is Value => value?.source.kind === 'constant' || value?.source.kind === 'capture',
  );
  const isRun = variables === 'inputs';
  // ONNX Runtime insists on values for inputs that nothing uses.
  const inputs = graph.inputs.map(({ value }) => value).filter((value) => !isRun || graph.uses(value));
  return {
    nodes: [...nodes.map((node) => lowerNode(node, names)), ...copies],
    inputs: [...inputs, ...(isRun ? graph.variables : [])].map(describe),
    outputs: results.map(({ name, shape, value: { dtype } }) => ({ name, shape, dtype })),
    weights: [
      ...new Set([
        ...graph.constants.filter((value) => used.has(value)),
        ...newConstants,
        ...(isRun ? [] : graph.variables),
      ]),
    ],
    names,
  };
}

/** Not a name that a user could have given. */
export function updateName(index: number): string {
  return `update:${index}`;
}

function nameValues(graph: Graph, nodes: readonly Node[]): Map<Value, string> {
  const names = graph.names();
  let count = 0;
  for (const { inputs, outputs } of nodes) {
    for (const value of [...inputs, ...outputs]) {
      if (value && !names.has(value)) names.set(value, `lowered:${count++}`);
    }
  }
  return names;
}

/** Gives the results their names. A result that a node does not make, or that has a name as another result, becomes a copy. */
function nameResults(results: readonly { name: string; value: Value }[], names: Map<Value, string>): LoweredNode[] {
  const copies: LoweredNode[] = [];
  const named = new Set<Value>();
  for (const { name, value } of results) {
    if (value.source.kind === 'node' && !named.has(value)) {
      named.add(value);
      names.set(value, name);
    } else {
      copies.push({ operator: 'Identity', domain: '', inputs: [names.get(value)!], outputs: [name], attributes: {} });
    }
  }
  return copies;
}

function lowerNode({ operator, inputs, outputs, attributes }: Node, names: ReadonlyMap<Value, string>): LoweredNode {
  return {
    operator,
    domain: DOMAINS[operator] ?? '',
    inputs: inputs.map((input) => (input ? names.get(input)! : '')),
    outputs: outputs.map((output) => names.get(output)!),
    attributes,
  };
}
