export type { ByteSource } from './byte-source.js';
export type { DataType, NumericArray } from './data-types.js';
export { type DownloadProgress, openPretrained, Pretrained, type PretrainedOptions } from './pretrained.js';
export { PretrainedError } from './pretrained-error.js';
export { recoverFolder, replaceFile, replaceFolder } from './replace.js';
export { SafetensorsError } from './safetensors-error.js';
export { SafetensorsFile } from './safetensors-file.js';
export type { SafetensorsTensor } from './safetensors-header.js';
export { type LazyWeight, SelectedWeights, type WeightSelection } from './selected-weights.js';
export {
  encodeSafetensors,
  type TensorToWrite,
  type WriteSafetensorsOptions,
  writeSafetensors,
} from './write-safetensors.js';
