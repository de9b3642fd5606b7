import { type Graph, type Node, withSubgraphs } from '../format/graph.js';
import type { Model } from '../format/model.js';
import type { Tensor } from '../format/tensor.js';

/** A weight as a node reads it. */
export interface Constant {
  readonly tensor: Tensor;
  /** Whether a Transpose is between the two, of a matrix. */
  readonly transposed: boolean;
  /** The graph that holds it. */
  readonly owner: Graph;
  /** What it is called on the way from there. */
  readonly names: readonly string[];
}

/** What the names in a graph mean: its own values hide those of the graphs around it. */
export class Scope {
  private readonly initializers: ReadonlyMap<string, Tensor>;
  private readonly producers: ReadonlyMap<string, Node>;
  private readonly inputs: ReadonlySet<string>;

  constructor(
    readonly graph: Graph,
    private readonly parent?: Scope,
  ) {
    this.initializers = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
    this.producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
    this.inputs = new Set(graph.inputs.map(({ name }) => name));
  }

  /** The constant of a name: an initializer, or the value of a Constant, as it is or transposed. */
  constant(name: string): Constant | undefined {
    const initializer = this.initializers.get(name);
    if (initializer) return { tensor: initializer, transposed: false, owner: this.graph, names: [name] };
    const producer = this.producers.get(name);
    if (!producer) return this.inputs.has(name) ? undefined : this.parent?.constant(name);
    if (producer.domain !== '') return undefined;
    if (producer.operator === 'Constant') {
      const tensor = producer.attribute('value')?.tensor;
      return tensor && { tensor: tensor.renamed(name), transposed: false, owner: this.graph, names: [name] };
    }
    if (!['Identity', 'Transpose'].includes(producer.operator)) return undefined;
    const source = this.constant(producer.inputs[0]!);
    if (!source) return undefined;
    const constant = { ...source, names: [...source.names, name] };
    if (producer.operator === 'Identity') return constant;
    const order = producer.attribute('perm')?.integers;
    if (source.tensor.shape.length !== 2 || (order && order.join() !== '1,0')) return undefined;
    return { ...constant, transposed: !source.transposed };
  }
}

const PASSED_OVER = ['Constant', 'Identity', 'Transpose'];

/** Removes what nothing reads any more: weights, and the nodes that gave them. */
export function removeUnused(model: Model, read: ReadonlySet<string>): void {
  for (let changed = true; changed; ) {
    changed = false;
    const used = usedNames(model.graph);
    for (const graph of withSubgraphs(model.graph)) {
      const unused = (name: string) => read.has(name) && !used.has(name);
      const nodes = graph.nodes.filter(
        ({ operator, outputs }) => !(PASSED_OVER.includes(operator) && outputs.every(unused)),
      );
      const initializers = graph.initializers.filter(({ name }) => !unused(name));
      const gone = graph.initializers.filter(({ name }) => unused(name)).map(({ name }) => name);
      changed ||= nodes.length < graph.nodes.length;
      graph.nodes = nodes;
      graph.initializers = initializers;
      graph.inputs = graph.inputs.filter(({ name }) => !gone.includes(name));
    }
  }
}

function usedNames(main: Graph): Set<string> {
  const used = new Set<string>();
  for (const { nodes, outputs } of withSubgraphs(main)) {
    for (const { inputs } of nodes) for (const name of inputs) used.add(name);
    for (const { name } of outputs) used.add(name);
  }
  return used;
}
