export { CHECKSUMS_FILE, encodeChecksums, listedFiles, verifiedFiles } from './checksums.js';
export {
  type FileSource,
  folderFiles,
  memoryFiles,
  type PretrainedFiles,
  readJson,
  urlFiles,
} from './file-source.js';
export { type HubFolder, type HubFolderOptions, openHubFolder } from './hub/hub-folder.js';
export { type HubName, parseHubName } from './hub/name.js';
export type { DownloadProgress, PretrainedOptions } from './hub/options.js';
export {
  type HubTarget,
  type HubTargetOptions,
  openHubTarget,
  type PushOptions,
  type PushResult,
  type UploadProgress,
} from './hub/upload.js';
export type { UploadContent } from './hub/upload-content.js';
export { isNode } from './is-node.js';
export { type LazyWeight, openPretrained, Pretrained } from './pretrained.js';
export { PretrainedError } from './pretrained-error.js';
export { finalPath, recoverFolder, replaceFile, replaceFolder, replaceListedFile } from './replace.js';
export { type ByteSource, openFileSource } from './safetensors/byte-source.js';
export { type DataType, decodeValues, type NumericArray, toFloat16 } from './safetensors/data-types.js';
export { SafetensorsError } from './safetensors/error.js';
export { SafetensorsFile } from './safetensors/file.js';
export type { SafetensorsTensor } from './safetensors/header.js';
export {
  encodeSafetensors,
  type TensorToWrite,
  type WriteSafetensorsOptions,
  writeSafetensors,
} from './safetensors/write.js';
export {
  type ConfigurationKeys,
  readTransformerConfiguration,
  writeTransformerConfiguration,
} from './transformer-configuration.js';
