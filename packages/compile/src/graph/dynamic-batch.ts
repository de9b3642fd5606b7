import { CompileError } from '../errors.js';
import { GraphBuilder } from './builder.js';
import { Graph } from './graph.js';
import type { Node, TypedArray, Value } from './value.js';

/** The batch sizes of the two graphs. */
export const BATCH_SIZES = [2, 3] as const;
const [SMALL, LARGE] = BATCH_SIZES;
const NAME = 'batch';

/**
 * Makes one graph for every batch size out of the graphs of the same function for batches of 2 and 3. They differ in lists of integers
 * alone, such as the shapes of reshapes, in each place of which a number a + k·batch is found from the two; the new graph computes those
 * lists from the shape of its first input.
 *
 * @throws if they differ in anything else: then the function depends on the batch size in another way.
 */
export function mergeBatches(small: Graph, large: Graph): Graph {
  const builder = new GraphBuilder();
  const merged = new Map<Value, Value>(small.inputs.map(({ value }) => [value, value]));
  const [first] = small.inputs;
  if (!first) throw new CompileError('A graph without inputs has no batch.');
  const batch = () => builder.one('Shape', [first.value], [1], 'int64', { start: 0, end: 1 });
  if (small.nodes.length !== large.nodes.length) throw dependsOnBatch('the number of operations');
  for (const [index, node] of small.nodes.entries()) mergeNode(node, large.nodes[index]!);
  const dimensions = new Map<Value, readonly (number | string)[]>();
  for (const [index, { value }] of small.inputs.entries()) {
    dimensions.set(value, symbolic(value.shape, large.inputs[index]!.value.shape));
  }
  const outputs = small.outputs.map(({ name, value }, index) => {
    const other = large.outputs[index]!.value;
    const result = mergeValue(value, other, undefined);
    dimensions.set(result, symbolic(value.shape, other.shape));
    return { name, value: result };
  });
  return new Graph(small.inputs, outputs, [], dimensions);

  function mergeNode(node: Node, other: Node): void {
    const { operator, attributes } = node;
    if (operator !== other.operator || JSON.stringify(attributes) !== JSON.stringify(other.attributes)) {
      throw dependsOnBatch(`the operation ${operator}`);
    }
    const inputs = node.inputs.map((input, index) => input && mergeValue(input, other.inputs[index]!, node));
    const values = builder.node(operator, inputs, node.outputs, attributes);
    for (const [index, output] of node.outputs.entries()) merged.set(output, values[index]!);
  }

  function mergeValue(value: Value, other: Value, user: Node | undefined): Value {
    const known = merged.get(value);
    if (known) return known;
    const one = value.source;
    const two = other.source;
    if (one.kind === 'constant' && two.kind === 'constant') return mergeConstants(value, one.data, two.data, user);
    const isSame =
      (one.kind === 'variable' && two.kind === 'variable' && one.variable === two.variable) ||
      (one.kind === 'capture' && two.kind === 'capture' && one.capture.dataId === two.capture.dataId);
    if (!isSame) throw dependsOnBatch('a tensor that it uses');
    merged.set(value, value);
    return value;
  }

  function mergeConstants(value: Value, one: TypedArray, two: TypedArray, user: Node | undefined): Value {
    if (one.length === two.length && one.every((item, index) => item === two[index])) {
      merged.set(value, value);
      return value;
    }
    if (value.dtype !== 'int64' || one.length !== two.length) throw dependsOnBatch('a constant');
    const numbers = Array.from(one, Number);
    const slopes = numbers.map((number, index) => Number(two[index]) - number);
    // A reshape infers one size by itself.
    if (user?.operator === 'Reshape' && slopes.filter((slope) => slope !== 0).length === 1) {
      return builder.integers(numbers.map((number, index) => (slopes[index] === 0 ? number : -1)));
    }
    const constants = numbers.map((number, index) => number - SMALL * slopes[index]!);
    const growing = builder.one('Mul', [batch(), builder.integers(slopes)], value.shape, 'int64');
    return builder.one('Add', [growing, builder.integers(constants)], value.shape, 'int64');
  }
}

function symbolic(small: readonly number[], large: readonly number[]): (number | string)[] {
  return small.map((size, axis) => {
    if (size === large[axis]) return size;
    return size * LARGE === large[axis]! * SMALL && size === SMALL ? NAME : `${NAME}_${size}_${large[axis]}`;
  });
}

function dependsOnBatch(what: string): CompileError {
  return new CompileError(
    `This function can't be traced for every batch size: ${what} depends on it. Trace it for one size, without dynamicBatch.`,
  );
}
