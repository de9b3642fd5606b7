export { type ExportOnnxOptions, exportOnnx } from './export-onnx.js';
export { exportAdapters, exportSafetensors } from './export-weights.js';
