import { DeviceError, type DeviceLoader } from './device.js';
import { compileInBrowser } from './devices/compile-browser.js';
import { loadWasm } from './devices/wasm.js';
import { loadWebgpu } from './devices/webgpu.js';
import { createOpenDevice } from './open-device.js';

export {
  DEVICE_NAMES,
  type Device,
  DeviceError,
  type DeviceName,
  type OpenDeviceOptions,
  type SkippedDevice,
} from './device.js';

/**
 * Opens the one TensorFlow.js device of this page or worker: `auto`, the default, takes `webgpu` on a real GPU, otherwise `wasm`; see the Node
 * entry for what holds on both.
 *
 * @param options `wasmPaths` says where the page serves the `.wasm` files of `@tensorflow/tfjs-backend-wasm`, `onnxRuntimePaths` those of
 * onnxruntime-web where the bundler does not
 * @throws DeviceError if the device can't be opened, is unknown, or if another one is open already
 */
export const openDevice = createOpenDevice({
  environmentDevice: () => undefined,
  loaders: { cuda: nodeOnly, webgpu: loadWebgpuInBrowser, cpu: nodeOnly, native: nodeOnly, wasm: loadWasmInBrowser },
});

async function nodeOnly(): ReturnType<DeviceLoader> {
  throw new DeviceError('it needs Node: a browser has webgpu and wasm.');
}

async function loadWebgpuInBrowser({
  byName,
  onnxRuntimePaths,
}: Parameters<DeviceLoader>[0]): ReturnType<DeviceLoader> {
  if (!navigator.gpu) {
    throw new DeviceError(
      globalThis.isSecureContext
        ? 'this browser has no WebGPU: update it, or switch WebGPU on in its settings.'
        : 'browsers offer WebGPU to secure pages only: serve this one over https or from localhost.',
    );
  }
  const loaded = await loadWebgpu(
    byName,
    "the browser offers no GPU: switch on hardware acceleration in its settings, or update the GPU's driver.",
  );
  return { ...loaded, compile: compileInBrowser('webgpu', onnxRuntimePaths) };
}

async function loadWasmInBrowser({
  wasmPaths,
  onnxRuntimePaths,
}: Parameters<DeviceLoader>[0]): ReturnType<DeviceLoader> {
  const cores = navigator.hardwareConcurrency ?? 1;
  const processor = `processor with ${cores} ${cores === 1 ? 'core' : 'cores'}, as the browser tells it`;
  return { ...(await loadWasm(wasmPaths, processor)), compile: compileInBrowser('cpu', onnxRuntimePaths) };
}
