import {
  type Attribute,
  type ExternalLocation,
  Float,
  ONNX_TYPES,
  type TypedArray,
  type Value,
} from '../graph/value.js';
import type { LoweredModel, LoweredNode, LoweredTensor } from '../lowering/lowered-model.js';
import { bytesOf } from './external-data.js';
import { ProtobufWriter } from './protobuf-writer.js';

/** The version of ONNX's operators that the kernels are written for. */
const OPSET = 20;
/** The version of the file format that belongs to it. */
const IR_VERSION = 9;

export interface ModelWeights {
  /** The values of `model.weights`; those with a location may be missing. */
  readonly weights: ReadonlyMap<Value, TypedArray>;
  /** The weights that are stored in another file. */
  readonly locations?: ReadonlyMap<Value, ExternalLocation>;
}

/** A model in ONNX's file format; the numbers are the fields of onnx.proto. */
export function encodeModel(model: LoweredModel, weights: ModelWeights): Uint8Array {
  const graph = new ProtobufWriter();
  for (const node of model.nodes) graph.message(1, encodeNode(node));
  graph.string(2, 'graph');
  for (const value of model.weights) graph.message(5, encodeWeight(value, model.names.get(value)!, weights));
  for (const input of model.inputs) graph.message(11, encodeTensorType(input));
  for (const output of model.outputs) graph.message(12, encodeTensorType(output));
  const file = new ProtobufWriter().integer(1, IR_VERSION).string(2, '@llm-mde/compile').message(7, graph);
  file.message(8, new ProtobufWriter().string(1, '').integer(2, OPSET));
  const domains = new Set(model.nodes.map(({ domain }) => domain).filter((domain) => domain !== ''));
  for (const domain of domains) file.message(8, new ProtobufWriter().string(1, domain).integer(2, 1));
  return file.finish();
}

function encodeNode({ operator, domain, inputs, outputs, attributes }: LoweredNode): ProtobufWriter {
  const node = new ProtobufWriter();
  for (const input of inputs) node.string(1, input);
  for (const output of outputs) node.string(2, output);
  node.string(3, outputs.find((output) => output !== '')!).string(4, operator);
  for (const [name, attribute] of Object.entries(attributes)) node.message(5, encodeAttribute(name, attribute));
  return domain === '' ? node : node.string(7, domain);
}

function encodeAttribute(name: string, attribute: Attribute): ProtobufWriter {
  const message = new ProtobufWriter().string(1, name);
  if (attribute instanceof Float) return message.float(2, attribute.value).integer(20, 1);
  if (typeof attribute === 'number') return message.integer(3, attribute).integer(20, 2);
  if (typeof attribute === 'string') return message.string(4, attribute).integer(20, 3);
  for (const item of attribute) message.integer(8, item);
  return message.integer(20, 7);
}

function encodeWeight(value: Value, name: string, { weights, locations }: ModelWeights): ProtobufWriter {
  const tensor = new ProtobufWriter();
  for (const size of value.shape) tensor.integer(1, size);
  tensor.integer(2, ONNX_TYPES[value.dtype]).string(8, name);
  const stored = locations?.get(value);
  if (!stored) return tensor.bytes(9, bytesOf(weights.get(value)!));
  const entry = (key: string, text: string) => new ProtobufWriter().string(1, key).string(2, text);
  tensor.message(13, entry('location', stored.location));
  tensor.message(13, entry('offset', String(stored.offset)));
  tensor.message(13, entry('length', String(stored.length)));
  return tensor.integer(14, 1);
}

function encodeTensorType({ name, shape, dtype }: LoweredTensor): ProtobufWriter {
  const dimensions = new ProtobufWriter();
  for (const size of shape) {
    const dimension = new ProtobufWriter();
    dimensions.message(1, typeof size === 'number' ? dimension.integer(1, size) : dimension.string(2, size));
  }
  const type = new ProtobufWriter().integer(1, ONNX_TYPES[dtype]).message(2, dimensions);
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, type));
}
