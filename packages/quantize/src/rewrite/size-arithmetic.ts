import { type Graph, type Node, withSubgraphs } from '../format/graph.js';
import { FLOAT, INT32, INT64, UINT8 } from '../format/types.js';

/** Operators of which arithmetic with sizes consists. */
const ARITHMETIC = new Set([
  ...[
    'Add',
    'Sub',
    'Mul',
    'Div',
    'Pow',
    'Sqrt',
    'Reciprocal',
    'Neg',
    'Abs',
    'Floor',
    'Ceil',
    'Round',
    'Min',
    'Max',
    'Cast',
  ],
  ...['Concat', 'Slice', 'Gather', 'Squeeze', 'Unsqueeze', 'Reshape', 'Identity', 'Constant'],
]);

/**
 * The nodes whose results become nothing but integers, or scales of Resize: sizes and positions, which float16 would round from 2048 on, and which a
 * runtime computes in advance.
 */
export function sizeArithmetic({ nodes, outputs }: Graph): ReadonlySet<Node> {
  const found = new Set<Node>();
  const elsewhere = new Set(outputs.map(({ name }) => name));
  for (const graph of nodes.flatMap((node) => node.subgraphs).flatMap(withSubgraphs)) {
    for (const name of [...graph.nodes.flatMap(({ inputs }) => inputs), ...graph.outputs.map(({ name }) => name)]) {
      elsewhere.add(name);
    }
  }
  const readers = new Map<string, Node[]>();
  // A node comes after those that it reads, so its readers are known when it is met.
  for (const node of [...nodes].reverse()) {
    const isSize = (name: string) => {
      const all = readers.get(name) ?? [];
      return !elsewhere.has(name) && all.length > 0 && all.every((reader) => found.has(reader) || endsIn(reader, name));
    };
    if (node.domain === '' && ARITHMETIC.has(node.operator) && node.outputs.every(isSize)) found.add(node);
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  return found;
}

function endsIn({ domain, operator, inputs, attributes }: Node, name: string): boolean {
  if (domain !== '') return false;
  if (operator === 'Resize') return inputs[0] !== name;
  const type = operator === 'Cast' ? attributes.find(({ name }) => name === 'to')?.integer : FLOAT;
  return type !== undefined && [UINT8, INT32, INT64].includes(type);
}
