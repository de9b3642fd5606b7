import {
  type Attributes,
  type ElementType,
  elementCount,
  type Node,
  type TypedArray,
  typedArray,
  Value,
  type ValueType,
} from './value.js';

/**
 * Makes the nodes and constants of one graph. The same operator with the same inputs and attributes is one node, however often it is
 * asked for: common subexpressions are found as the graph is made. What nothing uses is not part of the graph in the end (see `Graph`).
 */
export class GraphBuilder {
  private readonly nodes = new Map<string, Node>();
  private readonly constants = new Map<string, Value>();
  private readonly shared: boolean;
  /** Number of nodes made so far. */
  nodeCount = 0;

  /** @param options.shared Whether the same is made only once, for which all has to be remembered. @default true */
  constructor({ shared = true } = {}) {
    this.shared = shared;
  }

  /** Records a node and returns its outputs, whose shapes and types the caller knows. */
  node(
    operator: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly ValueType[],
    attributes: Attributes = {},
  ): readonly Value[] {
    const operands = inputs.map((input) => input?.id ?? '').join();
    const key = `${operator}(${operands})${JSON.stringify(attributes)}:${outputs.length}:${outputs[0]!.dtype}`;
    const known = this.nodes.get(key);
    if (known) return known.outputs;
    const values: Value[] = [];
    const node: Node = { operator, inputs, attributes, outputs: values };
    for (const [index, { shape, dtype }] of outputs.entries()) {
      values.push(new Value(shape, dtype, { kind: 'node', node, index }));
    }
    this.nodeCount += 1;
    if (this.shared) this.nodes.set(key, node);
    return values;
  }

  /** Records a node with one output. */
  one(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shape: readonly number[],
    dtype: ElementType,
    attributes?: Attributes,
  ): Value {
    return this.node(operator, inputs, [{ shape, dtype }], attributes)[0]!;
  }

  /** A constant. Small ones with the same content are one. */
  constant(values: ArrayLike<number>, shape: readonly number[], dtype: ElementType): Value {
    const data: TypedArray = typedArray(dtype, values);
    if (elementCount(shape) > 64) return new Value(shape, dtype, { kind: 'constant', data });
    const numbers = Array.from(data as ArrayLike<unknown>, (value) => (Object.is(value, -0) ? '-0' : String(value)));
    const key = `${dtype}[${shape}]${numbers.join()}`;
    const known = this.constants.get(key);
    if (known) return known;
    const value = new Value(shape, dtype, { kind: 'constant', data });
    if (this.shared) this.constants.set(key, value);
    return value;
  }

  scalar(value: number, dtype: ElementType = 'float32'): Value {
    return this.constant([value], [], dtype);
  }

  /** A list of 64-bit integers: what ONNX operators take as shapes, axes and positions. */
  integers(list: readonly number[]): Value {
    return this.constant(list, [list.length], 'int64');
  }
}
