import { platform } from '#platform';
import { createOpenDevice } from './open-device.js';

export {
  DEVICE_NAMES,
  type Device,
  DeviceError,
  type DeviceName,
  type OpenDeviceOptions,
  type SkippedDevice,
} from './device.js';
export { currentDevice } from './open-device.js';

/**
 * Opens the one TensorFlow.js device of this process, or of this page or worker: the model code that follows computes on it.
 *
 * `auto`, the default, takes the first of `cuda`, `webgpu`, `cpu`, `native` and `wasm` that computes a small matrix product right; why the ones before
 * it were skipped is in the result. It never takes a GPU that is emulated on the CPU. A device asked for by name is opened or an error
 * is thrown: there is no silent fallback.
 *
 * A second call gives the same object, also while the first is under way. No tensor is left behind, and no device keeps the process alive.
 *
 * In browsers `auto` takes `webgpu` on a real GPU, otherwise `wasm`.
 *
 * @param options what to open; in browsers `wasmPaths` says where the page serves the `.wasm` files of
 * `@tensorflow/tfjs-backend-wasm`, `onnxRuntimePaths` those of onnxruntime-web where the bundler does not; in Node the environment variable `LLM_MDE_DEVICE`, unless empty, takes precedence over `options.device`
 * @throws DeviceError if the device can't be opened, is unknown, or if another one is open already
 */
export const openDevice = createOpenDevice(platform);
