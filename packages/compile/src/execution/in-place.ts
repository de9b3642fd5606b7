import type { Graph, VariableUpdate } from '../graph/graph.js';
import { type Node, sameShape, type Value } from '../graph/value.js';

/**
 * Operators whose result may lie in the same memory as their input, or that ONNX Runtime may merge with what follows, which then reads
 * the input.
 */
const VIEWS = new Set(['Reshape', 'Transpose', 'Identity', 'Cast', 'Expand', 'Mul', 'Div', 'Neg']);
/** Operators that may find a position outside of a tensor, and then fail. */
const FALLIBLE = new Set(['Gather', 'GatherND', 'ScatterND', 'ScatterElements']);
/** Operators that read an element, write it, and never come back to it. */
const ELEMENTWISE = new Set(['Add', 'Sub', 'Mul', 'Div']);

/**
 * The updates that may be written over the variable's old values, which saves a second copy of it: those for which everything that reads
 * the old values has to run before the update does, because the update depends on it. In a step that clips gradients by their common
 * norm, that is every weight; without, an optimizer's running means. Likewise everything that may fail has to run before: a step is taken
 * whole or not at all.
 */
export function canUpdateInPlace(graph: Graph): Set<VariableUpdate> {
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) if (input) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  const fallible = graph.nodes.filter(
    ({ operator, inputs }) => FALLIBLE.has(operator) && inputs[1]!.source.kind !== 'constant',
  );
  const isOutput = new Set(graph.outputs.map(({ value }) => value));
  return new Set(graph.updates.filter((update) => isSafe(update)));

  function isSafe({ variable, value: next }: VariableUpdate): boolean {
    const old = graph.variables.find(({ source }) => source.kind === 'variable' && source.variable === variable);
    if (!old || next.source.kind !== 'node' || isOutput.has(old) || isOutput.has(next)) return false;
    if (graph.updates.some((other) => other.value === old || (other.value === next && other.variable !== variable)))
      return false;
    const producer = next.source.node;
    const before = reachable(producersOf(producer), producersOf);
    if (!fallible.every((node) => before.has(node))) return false;
    // Also those that read it through a view.
    const allReaders = reachable(readers.get(old) ?? [], ({ operator, outputs }) =>
      VIEWS.has(operator) ? outputs.flatMap((output) => readers.get(output) ?? []) : [],
    );
    return [...allReaders].every((reader) => {
      if (reader !== producer) return before.has(reader);
      return ELEMENTWISE.has(reader.operator) && sameShape(old.shape, next.shape);
    });
  }
}

function producersOf({ inputs }: Node): Node[] {
  return inputs.flatMap((input) => (input?.source.kind === 'node' ? [input.source.node] : []));
}

/** The nodes given, and all that follow them. */
function reachable(start: readonly Node[], next: (node: Node) => readonly Node[]): Set<Node> {
  const found = new Set<Node>();
  const pending = [...start];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    pending.push(...next(node));
  }
  return found;
}
