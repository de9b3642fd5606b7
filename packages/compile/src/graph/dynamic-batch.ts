import { CompileError } from '../errors.js';
import { GraphBuilder } from './builder.js';
import { Graph } from './graph.js';
import { type Node, sameShape, type TypedArray, type Value } from './value.js';

/** The batch sizes that are compared: primes, which a model's own sizes are no multiples of. */
const SIZES = [61, 67, 71] as const;
const NAME = 'batch';

/**
 * Makes one graph for every batch size out of the graphs of the same function for three. They differ in lists of integers alone, such as the
 * shapes of reshapes, in each place of which a number offset + slope·batch is found; the new graph computes those lists from the shape of
 * its first input.
 *
 * @param traceAt The function's graph for a batch of this size.
 * @throws {CompileError} if they differ in anything else, which means that the function depends on the batch size in another way, or if an
 * output has no axis that grows with the batch.
 */
export function mergeBatches(traceAt: (size: number) => Graph): Graph {
  const graphs = SIZES.map(traceAt);
  const [graph] = graphs as [Graph, ...Graph[]];
  const [first] = graph.inputs;
  if (!first) throw new CompileError('A graph without inputs has no batch.');
  const builder = new GraphBuilder();
  // By the values of all graphs: two that are one in one graph, because their sizes happen to be equal there, may differ in the others.
  const merged = new Map<string, Value>();
  const keyOf = (values: readonly Value[]) => values.map(({ id }) => id).join();
  const dimensions = new Map<Value, readonly (number | string)[]>();
  for (const [index, { value }] of graph.inputs.entries()) {
    merged.set(keyOf(graphs.map(({ inputs }) => inputs[index]!.value)), value);
    dimensions.set(value, [NAME, ...value.shape.slice(1)]);
  }
  if (graphs.some(({ nodes }) => nodes.length !== graph.nodes.length)) throw dependsOnBatch('the number of operations');
  for (const index of graph.nodes.keys()) mergeNodes(graphs.map(({ nodes }) => nodes[index]!));
  const single = traceAt(1);
  const outputs = graph.outputs.map(({ name }, index) => {
    const values = graphs.map((each) => each.outputs[index]!.value);
    const shape = growingShape(values);
    const atOne = shape?.map(({ offset, slope }) => offset + slope);
    if (!shape || !atOne || !sameShape(atOne, single.outputs[index]!.value.shape)) {
      throw dependsOnBatch(`how the shape of the output "${name}"`);
    }
    if (shape.every(({ slope }) => slope === 0)) {
      throw new CompileError(
        `The output "${name}" has the shape [${atOne}] for every batch size, so that it can't be told which input it belongs to. ` +
          'Return a tensor with a batch axis, or trace without dynamicBatch.',
      );
    }
    const value = mergeValues(values);
    dimensions.set(value, shape.map(nameOf));
    return { name, value };
  });
  return new Graph(graph.inputs, outputs, [], dimensions);

  function mergeNodes(nodes: readonly Node[]): void {
    const { operator, attributes, outputs } = nodes[0]!;
    const isSame = (other: Node) =>
      other.operator === operator && JSON.stringify(other.attributes) === JSON.stringify(attributes);
    if (!nodes.every(isSame)) throw dependsOnBatch(`the operation ${operator}`);
    const inputs = nodes[0]!.inputs.map(
      (input, index) =>
        input &&
        mergeValues(
          nodes.map((node) => node.inputs[index]!),
          operator,
        ),
    );
    const results = builder.node(operator, inputs, outputs, attributes);
    for (const [index, result] of results.entries()) {
      const values = nodes.map((node) => node.outputs[index]!);
      merged.set(keyOf(values), result);
      const shape = growingShape(values);
      if (shape) dimensions.set(result, shape.map(nameOf));
    }
  }

  function mergeValues(values: readonly Value[], user?: string): Value {
    const known = merged.get(keyOf(values));
    if (known) return known;
    const sources = values.map(({ source }) => source);
    const [one] = sources;
    if (one!.kind === 'constant') {
      const lists = sources.map((source) => (source.kind === 'constant' ? source.data : new BigInt64Array()));
      return mergeConstants(values[0]!, lists, user);
    }
    const isSame = sources.every(
      (other) =>
        (one!.kind === 'variable' && other.kind === 'variable' && one!.variable === other.variable) ||
        (one!.kind === 'capture' && other.kind === 'capture' && one!.capture.dataId === other.capture.dataId),
    );
    if (!isSame) throw dependsOnBatch('a tensor that it uses');
    return values[0]!;
  }

  function mergeConstants(value: Value, lists: readonly TypedArray[], user: string | undefined): Value {
    const [list] = lists as [TypedArray];
    if (lists.some(({ length }) => length !== list.length)) throw dependsOnBatch('the length of a constant');
    if (lists.every((other) => list.every((item, index) => item === other[index]))) return value;
    const growing = Array.from({ length: list.length }, (_, index) =>
      growingNumber(lists.map((other) => Number(other[index]))),
    );
    if (value.dtype !== 'int64' || growing.includes(undefined)) throw dependsOnBatch('how a constant');
    const offsets = growing.map((number) => number!.offset);
    const slopes = growing.map((number) => number!.slope);
    // A reshape infers one size by itself.
    if (user === 'Reshape' && slopes.filter((slope) => slope !== 0).length === 1 && !list.includes(0n as never)) {
      return builder.integers(offsets.map((offset, index) => (slopes[index] === 0 ? offset : -1)));
    }
    const batch = builder.one('Shape', [first!.value], [1], 'int64', { start: 0, end: 1 });
    const products = builder.one('Mul', [batch, builder.integers(slopes)], value.shape, 'int64');
    return builder.one('Add', [products, builder.integers(offsets)], value.shape, 'int64');
  }
}

/** The number offset + slope·batch. */
interface GrowingNumber {
  readonly offset: number;
  readonly slope: number;
}

/** @param numbers One for each of the sizes. */
function growingNumber(numbers: readonly number[]): GrowingNumber | undefined {
  const slope = (numbers[1]! - numbers[0]!) / (SIZES[1] - SIZES[0]);
  const offset = numbers[0]! - slope * SIZES[0];
  const isLinear = numbers.every((number, index) => number === offset + slope * SIZES[index]!);
  return Number.isInteger(slope) && isLinear ? { offset, slope } : undefined;
}

function growingShape(values: readonly Value[]): GrowingNumber[] | undefined {
  if (values.some(({ shape }) => shape.length !== values[0]!.shape.length)) return undefined;
  const sizes = values[0]!.shape.map((_, axis) => growingNumber(values.map(({ shape }) => shape[axis]!)));
  return sizes.includes(undefined) ? undefined : (sizes as GrowingNumber[]);
}

/** A size in words: 196, batch, 4*batch, batch+1. */
function nameOf({ offset, slope }: GrowingNumber): number | string {
  if (slope === 0) return offset;
  const sign = offset > 0 ? '+' : '';
  return `${slope === 1 ? '' : `${slope}*`}${NAME}${offset === 0 ? '' : `${sign}${offset}`}`;
}

function dependsOnBatch(what: string): CompileError {
  return new CompileError(
    `This function can't be traced for every batch size: ${what} depends on it. Trace it for one size, without dynamicBatch.`,
  );
}
