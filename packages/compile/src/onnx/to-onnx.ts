import { CompileError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import { readWeight, type TypedArray, type Value } from '../graph/value.js';
import { lower } from '../lowering/lower.js';
import { encodeModel } from './encode-model.js';
import { layOut } from './external-data.js';

export interface ToOnnxOptions {
  /**
   * Put weights of a kilobyte or more into a second file, as models above ONNX's limit of 2 GB have to.
   * @default true where the weights take more than 1 GB
   */
  externalData?: boolean;
  /** Name of the second file. @default 'model.onnx.data' */
  dataFile?: string;
}

/** An ONNX model, in one part or two. */
export interface OnnxModel {
  /** The bytes of the model file. */
  readonly model: Uint8Array;
  /** The file of weights, to be written beside the model under this name, its parts one after the other. */
  readonly data?: { readonly name: string; readonly parts: readonly Uint8Array[] };
}

/**
 * A graph as an ONNX model in standard operators (opset 20), with the present values of the variables as constants. New values of
 * variables are left out: a model has no state.
 *
 * @throws {CompileError} if the weights take more than 2 GB, ONNX's limit, and `externalData` is false.
 */
export async function toOnnx(
  { inputs, outputs, dimensions }: Graph,
  { externalData, dataFile = 'model.onnx.data' }: ToOnnxOptions = {},
): Promise<OnnxModel> {
  const lowered = lower(new Graph(inputs, outputs, [], dimensions), 'standard');
  const weights = new Map<Value, TypedArray>();
  for (const value of lowered.weights) weights.set(value, await readWeight(value));
  const size = [...weights.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (externalData ?? size > 2 ** 30) {
    const { parts, locations } = layOut(weights, dataFile);
    return { model: encodeModel(lowered, { weights, locations }), data: { name: dataFile, parts } };
  }
  if (size > 2 ** 31 - 2 ** 20) {
    throw new CompileError(
      `The weights take ${size} bytes, more than one ONNX file can hold: set externalData to true.`,
    );
  }
  return { model: encodeModel(lowered, { weights }) };
}
