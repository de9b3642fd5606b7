import { loadCpuInNode } from './devices/cpu-node.js';
import { loadCuda, loadNative } from './devices/tensorflow-node.js';
import { loadWasmInNode } from './devices/wasm-node.js';
import { loadWebgpuInNode } from './devices/webgpu-node.js';
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
 * Opens the one TensorFlow.js device of this process: the model code that follows computes on it.
 *
 * `auto`, the default, takes the first of `cuda`, `webgpu`, `cpu`, `native` and `wasm` that computes a small matrix product right; why the ones before
 * it were passed over is in the result. It never takes a GPU that is emulated on the processor. A device asked for by name is opened or an error
 * is thrown: there is no silent fallback.
 *
 * A second call gives the same object, also while the first is under way. No tensor is left behind, and no device keeps the process alive.
 *
 * @param options what to open; the environment variable `LLM_MDE_DEVICE`, unless empty, takes precedence over `options.device`
 * @throws DeviceError if the device can't be opened, is unknown, or if another one is open already
 */
export const openDevice = createOpenDevice({
  environmentDevice: () => process.env.LLM_MDE_DEVICE,
  loaders: { cuda: loadCuda, webgpu: loadWebgpuInNode, cpu: loadCpuInNode, native: loadNative, wasm: loadWasmInNode },
});
