import { DeviceError, type DeviceLoader } from './device.js';
import { compileInBrowser } from './devices/compile-browser.js';
import { wasmLibrary, webgpuLibrary } from './devices/tensorflow-web.js';
import { loadWasm } from './devices/wasm.js';
import { packedWasmFiles } from './devices/wasm-files.js';
import { loadWebgpu } from './devices/webgpu.js';
import type { Platform } from './open-device.js';

export const platform: Platform = {
  environment: () => undefined,
  loaders: { cuda: nodeOnly, webgpu: loadWebgpuInBrowser, cpu: nodeOnly, native: nodeOnly, wasm: loadWasmInBrowser },
};

async function nodeOnly(): ReturnType<DeviceLoader> {
  throw new DeviceError('it needs Node: a browser has webgpu and wasm.');
}

async function loadWebgpuInBrowser({
  explicit,
  onnxRuntimePaths,
  threads: wanted,
}: Parameters<DeviceLoader>[0]): ReturnType<DeviceLoader> {
  if (!navigator.gpu) {
    throw new DeviceError(
      globalThis.isSecureContext
        ? 'this browser has no WebGPU: update it, or switch WebGPU on in its settings.'
        : 'browsers offer WebGPU to secure pages only: serve this one over https or from localhost.',
    );
  }
  const loaded = await loadWebgpu(
    webgpuLibrary,
    explicit,
    "the browser offers no GPU: switch on hardware acceleration in its settings, or update the GPU's driver.",
  );
  const threads = threadsOf(wanted);
  return { ...loaded, threads, compile: compileInBrowser('webgpu', onnxRuntimePaths, threads) };
}

async function loadWasmInBrowser({
  wasmPaths,
  onnxRuntimePaths,
  threads: wanted,
}: Parameters<DeviceLoader>[0]): ReturnType<DeviceLoader> {
  const cores = navigator.hardwareConcurrency ?? 1;
  const processor = `processor with ${cores} ${cores === 1 ? 'core' : 'cores'}, as the browser tells it`;
  const threads = threadsOf(wanted);
  const loaded = await loadWasm(wasmLibrary, () => wasmPaths ?? packedWasmFiles(), processor, threads);
  return { ...loaded, compile: compileInBrowser('cpu', onnxRuntimePaths, threads) };
}

/** Threads need memory that they share. */
function threadsOf(wanted: number | undefined): number {
  return globalThis.crossOriginIsolated ? (wanted ?? navigator.hardwareConcurrency ?? 1) : 1;
}
