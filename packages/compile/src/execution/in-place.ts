import type { Graph, VariableUpdate } from '../graph/graph.js';
import { type Node, sameShape, type Value } from '../graph/value.js';

/**
 * Operators whose result may lie in the same memory as their input, or that ONNX Runtime may merge with what follows, which then reads
 * the input.
 */
const VIEWS = new Set(['Reshape', 'Transpose', 'Identity', 'Cast', 'Expand', 'Mul', 'Div', 'Neg']);
/** Operators that read an element, write it, and never come back to it. */
const ELEMENTWISE = new Set(['Add', 'Sub', 'Mul', 'Div']);

/**
 * The updates that may be written over the variable's old values, which saves a second copy of it: those for which everything that reads
 * the old values has to run before the update does, because the update depends on it. In a step that clips gradients by their common
 * norm, that is every weight; without, an optimizer's running means.
 */
export function canUpdateInPlace(graph: Graph): Set<VariableUpdate> {
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) if (input) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  const isOutput = new Set(graph.outputs.map(({ value }) => value));
  return new Set(graph.updates.filter((update) => isSafe(update)));

  function isSafe({ variable, value: next }: VariableUpdate): boolean {
    const old = graph.variables.find(({ source }) => source.kind === 'variable' && source.variable === variable);
    if (!old || next.source.kind !== 'node' || isOutput.has(old) || isOutput.has(next)) return false;
    if (graph.updates.some((other) => other.value === old || (other.value === next && other.variable !== variable)))
      return false;
    const producer = next.source.node;
    const before = ancestors(producer);
    return allReaders(old).every((reader) => {
      if (reader !== producer) return before.has(reader);
      return ELEMENTWISE.has(reader.operator) && sameShape(old.shape, next.shape);
    });
  }

  /** Also those that read it through a view. */
  function allReaders(value: Value): Node[] {
    const found = new Set<Node>();
    const pending = [value];
    for (let next = pending.pop(); next; next = pending.pop()) {
      for (const reader of readers.get(next) ?? []) {
        if (found.has(reader)) continue;
        found.add(reader);
        if (VIEWS.has(reader.operator)) pending.push(...reader.outputs);
      }
    }
    return [...found];
  }
}

/** Every node that has to run before this one. */
function ancestors(node: Node): Set<Node> {
  const found = new Set<Node>();
  const pending = [node];
  for (let next = pending.pop(); next; next = pending.pop()) {
    for (const input of next.inputs) {
      if (input?.source.kind !== 'node' || found.has(input.source.node)) continue;
      found.add(input.source.node);
      pending.push(input.source.node);
    }
  }
  return found;
}
