import { readPart } from '../format/content.js';
import { Model } from '../format/model.js';
import type { Tensor } from '../format/tensor.js';

/** The structure of a model in memory. */
export function readModel(bytes: Uint8Array): Promise<Model> {
  const source = {
    size: bytes.length,
    close: async () => {},
    read: async (offset: number, length: number) => bytes.slice(offset, offset + length),
  };
  return Model.read(source, 'model.onnx', () => {
    throw new Error('The model keeps weights in another file.');
  });
}

/** What a model consists of, for comparisons: its operators with their inputs and outputs, and its weights. */
export async function contentsOf(bytes: Uint8Array) {
  const { graph } = await readModel(bytes);
  const weights = graph.initializers.map(async (tensor) => [tensor.name, await weightOf(tensor)] as const);
  return {
    operators: graph.nodes.map(({ operator }) => operator).sort(),
    weights: new Map(await Promise.all(weights)),
  };
}

async function weightOf(tensor: Tensor) {
  const { shape, type } = tensor;
  return {
    shape,
    type,
    bytes: Buffer.from(await (tensor.byteLength > 0 ? readPart(tensor.values) : tensor.readBytes())).toString('base64'),
  };
}
