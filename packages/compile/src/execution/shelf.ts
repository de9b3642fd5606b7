import type { ElementType, StoredValues } from '../graph/value.js';
import type { ExternalPlace } from '../onnx/external-data.js';
import type { Shelf } from '../tracing/tracing-backend.js';
import type { WeightsFolder } from './platform.js';

/** The folder of weights as the place for tensors that stay as they are. */
export function shelfIn(folder: WeightsFolder): Shelf {
  return {
    keep: (identity, values, dtype) => storedAt(folder.placeNow(identity, values), dtype, folder),
  };
}

/** Values that lie in the folder. */
export function storedAt(place: ExternalPlace, dtype: ElementType, folder: WeightsFolder): StoredValues {
  return {
    read: async () => typed(dtype, await folder.read(place)),
    readSync: () => typed(dtype, folder.readSync(place)),
    place,
  };
}

function typed(dtype: ElementType, bytes: Uint8Array) {
  if (dtype === 'bool') return bytes;
  return dtype === 'int32' ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
}
