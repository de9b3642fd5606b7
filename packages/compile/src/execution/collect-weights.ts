import {
  type ElementType,
  type ExternalLocation,
  readWeight,
  type StoredValues,
  type TensorValues,
  type TypedArray,
  type Value,
} from '../graph/value.js';
import type { LoweredModel } from '../lowering/lowered-model.js';
import type { ModelWeights } from '../onnx/encode-model.js';
import { EXTERNAL_BYTES } from '../onnx/external-data.js';
import type { WeightsFile } from './platform.js';

/**
 * The weights of a model: large ones by their location in the file of weights, to which they are written unless they are there, the others
 * by their values.
 *
 * @param belongsInFile Which large weights are written to the file. @default all
 */
export async function collectWeights(
  model: LoweredModel,
  file: WeightsFile | undefined,
  belongsInFile: (data: TypedArray) => boolean = () => true,
): Promise<ModelWeights> {
  const weights = new Map<Value, TypedArray>();
  const locations = new Map<Value, ExternalLocation>();
  for (const value of model.weights) {
    const { source } = value;
    const capture = source.kind === 'capture' ? source.capture : undefined;
    const identity = capture ? capture.dataId : source.kind === 'constant' ? source.data : source;
    let location = capture?.location ?? file?.find(identity);
    if (!location) {
      const data = await readWeight(value);
      if (file && data.byteLength >= EXTERNAL_BYTES && belongsInFile(data)) location = file.write(identity, data);
      else weights.set(value, data);
    }
    if (!location) continue;
    locations.set(value, location);
    // Whoever held the values for the program need not hold them any more.
    if (!capture?.location) capture?.release?.(storedAt(location, value.dtype, file!));
  }
  return { weights, locations };
}

/** Values in the file of weights. */
export function storedAt(location: ExternalLocation, dtype: ElementType, file: WeightsFile): StoredValues {
  const readSync = () => {
    const bytes = file.read(location);
    if (dtype === 'bool') return bytes;
    if (dtype === 'int8') return new Int8Array(bytes.buffer) as unknown as TensorValues;
    return dtype === 'int32' ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
  };
  return { read: async () => readSync(), readSync, location };
}
