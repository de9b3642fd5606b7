import { type Attribute, Float, type Node, type Value, type VariableLike } from './value.js';

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

/** A variable that the function assigns to, and what it then holds. */
export interface VariableUpdate {
  readonly variable: VariableLike;
  readonly value: Value;
}

/**
 * What a function computes, as data: nodes in an order in which they can run, each an ONNX operator, and nothing that does not lead to an
 * output or to a variable's new value.
 */
export class Graph {
  readonly nodes: readonly Node[];
  /** Everything constant: numbers of the program, and tensors that the function closes over. */
  readonly constants: readonly Value[];
  /** The variables that are read. */
  readonly variables: readonly Value[];

  private readonly used: ReadonlySet<Value>;

  /** @param dimensions Shapes that are not static: a name instead of a size. */
  constructor(
    readonly inputs: readonly NamedValue[],
    readonly outputs: readonly NamedValue[],
    readonly updates: readonly VariableUpdate[] = [],
    readonly dimensions?: ReadonlyMap<Value, readonly (number | string)[]>,
  ) {
    const { nodes, leaves } = collect([...outputs, ...updates].map(({ value }) => value));
    this.nodes = nodes;
    this.constants = leaves.filter(({ source }) => source.kind === 'constant' || source.kind === 'capture');
    this.variables = leaves.filter(({ source }) => source.kind === 'variable');
    this.used = new Set(leaves);
  }

  /** Whether a result depends on this input, constant or variable. */
  uses(value: Value): boolean {
    return this.used.has(value);
  }

  /** The shape of a value, with names for sizes that are not fixed. */
  shapeOf(value: Value): readonly (number | string)[] {
    return this.dimensions?.get(value) ?? value.shape;
  }

  /** How often each operator occurs, the most frequent first. */
  count(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { operator } of this.nodes) counts.set(operator, (counts.get(operator) ?? 0) + 1);
    return new Map([...counts].sort(([, one], [, other]) => other - one));
  }

  /** The names of all values: inputs have their own, the others are numbered. */
  names(): Map<Value, string> {
    const names = new Map<Value, string>(this.inputs.map(({ name, value }) => [value, name]));
    const taken = new Set([...this.inputs, ...this.outputs].map(({ name }) => name));
    const number = (prefix: string, values: readonly Value[]) => {
      let count = 0;
      for (const value of values) {
        while (taken.has(`${prefix}_${count}`)) count++;
        names.set(value, `${prefix}_${count++}`);
      }
    };
    number('variable', this.variables);
    number('constant', this.constants);
    number(
      'value',
      this.nodes.flatMap(({ outputs }) => outputs),
    );
    return names;
  }

  /** The whole graph as text, one node a line. */
  toString(): string {
    const names = this.names();
    const typed = (value: Value) => `${names.get(value)}: ${value.dtype}[${this.shapeOf(value)}]`;
    const variableName = ({ source }: Value) => (source.kind === 'variable' ? source.variable.name : '');
    return [
      ...this.inputs.map(({ value }) => `input ${typed(value)}`),
      ...this.variables.map((value) => `variable ${typed(value)} = ${variableName(value)}`),
      ...this.constants.map(
        (value) => `constant ${typed(value)}${value.splat === undefined ? '' : ` = ${value.splat}`}`,
      ),
      ...this.nodes.map((node) => this.describe(node, names)),
      ...this.outputs.map(({ name, value }) => `output ${name} = ${names.get(value)}`),
      ...this.updates.map(({ variable, value }) => `assign ${variable.name} = ${names.get(value)}`),
    ].join('\n');
  }

  private describe({ operator, inputs, attributes, outputs }: Node, names: ReadonlyMap<Value, string>): string {
    const results = outputs.map((output) => `${names.get(output)}: ${output.dtype}[${this.shapeOf(output)}]`);
    const operands = inputs.map((input) => (input ? names.get(input) : '-')).join(', ');
    const settings = Object.entries(attributes).map(([name, attribute]) => `${name}=${describeAttribute(attribute)}`);
    return `${results.join(', ')} = ${operator}(${operands})${settings.length > 0 ? ` {${settings.join(', ')}}` : ''}`;
  }
}

/** Everything that the results depend on, inputs before their users. Not recursive: graphs are deeper than the stack. */
function collect(results: readonly Value[]): { nodes: Node[]; leaves: Value[] } {
  const nodes: Node[] = [];
  const leaves: Value[] = [];
  const seen = new Set<Node | Value>();
  const pending: { value: Value; entered: boolean }[] = [...results]
    .reverse()
    .map((value) => ({ value, entered: false }));
  while (pending.length > 0) {
    const { value, entered } = pending.pop()!;
    const { source } = value;
    if (source.kind !== 'node') {
      if (!seen.has(value)) leaves.push(value);
      seen.add(value);
    } else if (entered) {
      nodes.push(source.node);
    } else if (!seen.has(source.node)) {
      seen.add(source.node);
      pending.push({ value, entered: true });
      for (const input of [...source.node.inputs].reverse()) if (input) pending.push({ value: input, entered: false });
    }
  }
  return { nodes, leaves };
}

function describeAttribute(attribute: Attribute): string {
  if (attribute instanceof Float) return String(attribute.value);
  return typeof attribute === 'object' ? `[${attribute}]` : String(attribute);
}
