import { loadCpuInNode } from './devices/cpu-node.js';
import { loadCuda, loadNative } from './devices/tensorflow-node.js';
import { loadWasmInNode } from './devices/wasm-node.js';
import { loadWebgpuInNode } from './devices/webgpu-node.js';
import type { Platform } from './open-device.js';

export const platform: Platform = {
  environment: (name) => process.env[name],
  warn: (text) => process.emitWarning(text),
  loaders: { cuda: loadCuda, webgpu: loadWebgpuInNode, cpu: loadCpuInNode, native: loadNative, wasm: loadWasmInNode },
};
