export {
  type AdapterFiles,
  type DecodeAdapterOptions,
  decodeAdapter,
  type EncodeAdapterOptions,
  encodeAdapter,
} from './adapter-files.js';
export { loadAdapter, saveAdapter } from './adapter-folder.js';
export { type AttachLoraOptions, attachLora } from './attach-lora.js';
export { LoraAdapters, type SetAdapterOptions } from './lora-adapters.js';
export type { LoraConfiguration, LoraOptions } from './lora-configuration.js';
export type { TargetModules } from './target-modules.js';
