export { Check, type CheckOptions, type CheckRuntime, type OutputError } from './check/check-file.js';
export { QuantizeError } from './error.js';
export { isMode, MODES, type Mode, type QuantizeOptions } from './modes.js';
export { type QuantizedFile, type QuantizeFileOptions, type QuantizeProgress, quantizeFile } from './quantize-file.js';
export { fileOfMode, type QuantizeModelOptions, quantizeModel } from './quantize-model.js';
