import { joined, type Part } from '../format/content.js';
import { MessageParts } from '../format/fields.js';
import type { Node } from '../format/graph.js';
import { Tensor } from '../format/tensor.js';
import { FLOAT } from '../format/types.js';

export interface TestGraph {
  readonly nodes: readonly (Node | Uint8Array)[];
  readonly weights?: readonly Tensor[];
  /** Element type and shape by name; a size may be a name. */
  readonly inputs?: Readonly<Record<string, TestType>>;
  readonly outputs: Readonly<Record<string, TestType>>;
}

type TestType = readonly [type: number, shape: readonly (number | string)[]];

/** An ONNX model, written field by field. */
export function buildModel(graph: TestGraph, { opset = 17, domains = [] as string[], irVersion = 8 } = {}): Uint8Array {
  const model = new MessageParts().integer(1, irVersion).text(2, 'a test').content(7, encodeGraph(graph));
  model.content(8, new MessageParts().text(1, '').integer(2, opset).parts);
  for (const domain of domains) model.content(8, new MessageParts().text(1, domain).integer(2, 1).parts);
  return inOne(model.parts);
}

export function encodeGraph({ nodes, weights = [], inputs = {}, outputs }: TestGraph): readonly Part[] {
  const message = new MessageParts();
  for (const node of nodes) message.content(1, node instanceof Uint8Array ? [node] : node.encode());
  message.text(2, 'graph');
  for (const weight of weights) message.content(5, weight.encode());
  for (const [name, type] of Object.entries(inputs)) message.content(11, valueInfo(name, type));
  for (const [name, type] of Object.entries(outputs)) message.content(12, valueInfo(name, type));
  return message.parts;
}

function valueInfo(name: string, [type, shape]: TestType): readonly Part[] {
  const sizes = new MessageParts();
  for (const size of shape) {
    const dimension = new MessageParts();
    sizes.content(1, (typeof size === 'number' ? dimension.integer(1, size) : dimension.text(2, size)).parts);
  }
  const tensor = new MessageParts().integer(1, type).content(2, sizes.parts);
  return new MessageParts().text(1, name).content(2, new MessageParts().content(1, tensor.parts).parts).parts;
}

/** A weight of normally distributed values, the same for the same name. */
export function randomWeight(name: string, shape: readonly number[], deviation = 0.1): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = randomValues(
    count,
    [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0),
  );
  return floatTensor(
    name,
    shape,
    values.map((value) => value * deviation),
  );
}

export function floatTensor(name: string, shape: readonly number[], values: Float32Array): Tensor {
  return Tensor.create(name, shape, FLOAT, new Uint8Array(values.buffer));
}

/** About normally distributed: sums of twelve uniform numbers. */
export function randomValues(count: number, seed = 1): Float32Array {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => Array.from({ length: 12 }, next).reduce((a, b) => a + b) - 6);
}

export function inOne(parts: readonly Part[]): Uint8Array {
  return joined(parts.map((part) => part as Uint8Array));
}
