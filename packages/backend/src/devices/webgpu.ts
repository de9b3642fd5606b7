import * as tf from '@tensorflow/tfjs-core';
import { DeviceError, type LoadedBackend } from '../device.js';
import { registerMissingKernels } from '../kernels/register-kernels.js';
import { loadLibraryBackend } from './library-backend.js';

type Library = typeof import('@tensorflow/tfjs-backend-webgpu');

let library: Library | undefined;

/** What is read of a `GPUAdapterInfo`; browsers leave fields empty, so that pages can't recognize their visitors. */
export type AdapterDescription = Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'> & {
  isFallbackAdapter?: boolean;
};

/**
 * Loads the WebGPU backend on `navigator.gpu`, or takes the program's own where that has imported `@tensorflow/tfjs-backend-webgpu`: the kernels of a
 * second copy would be refused one by one.
 *
 * @param load loads the library
 * @param explicit whether a GPU that is emulated on the CPU will do
 * @param adviceWithoutGpu one sentence for where there is no GPU at all
 */
export async function loadWebgpu(
  load: () => Promise<Library>,
  explicit: boolean,
  adviceWithoutGpu: string,
): Promise<LoadedBackend> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new DeviceError(adviceWithoutGpu);
  const hardware = adapterName(adapter.info);
  const isSoftware = isSoftwareAdapter(adapter.info);
  if (isSoftware && !explicit) {
    throw new DeviceError(
      `the only GPU is ${hardware}, which is emulated on the CPU and slower than it: install your GPU's driver, or ask for webgpu by name.`,
    );
  }
  const backend = await makeBackend(load, adapter);
  registerMissingKernels('webgpu');
  return {
    backend,
    backendName: 'webgpu',
    hardware,
    isSoftware,
    libraryVersion: `TensorFlow.js WebGPU ${tf.version_core}`,
    release: () => backend.device.destroy(),
  };
}

async function makeBackend(load: () => Promise<Library>, adapter: GPUAdapter) {
  if (!library && tf.findBackendFactory('webgpu')) {
    return (await loadLibraryBackend('webgpu')) as InstanceType<Library['WebGPUBackend']>;
  }
  library ??= await load();
  // Made here, not by the library's own factory: that one exists only if navigator.gpu did when the library was first imported.
  return new library.WebGPUBackend(await requestDevice(adapter), adapter.info);
}

/** A device with the limits that the library's programs are written for: the adapter's own, which are above WebGPU's defaults. */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const { limits, features } = adapter;
  return adapter.requestDevice({
    // For tf.time(), where the adapter has it.
    requiredFeatures: features.has('timestamp-query') ? ['timestamp-query'] : [],
    requiredLimits: {
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxBufferSize: limits.maxBufferSize,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    },
  });
}

/** Drivers that compute on the CPU: SwiftShader, Mesa's llvmpipe, lavapipe and softpipe, Windows' WARP. */
const SOFTWARE_DRIVER = /swiftshader|llvmpipe|lavapipe|softpipe|\bwarp\b|microsoft basic render/i;

export function isSoftwareAdapter(adapter: AdapterDescription): boolean {
  return adapter.isFallbackAdapter === true || SOFTWARE_DRIVER.test(adapterName(adapter));
}

/** An adapter in words, for example `NVIDIA GeForce RTX 4090 (nvidia lovelace)`. */
export function adapterName({ vendor, architecture, device, description }: AdapterDescription): string {
  // Some drivers give the device as a hexadecimal number only.
  const [name, ...others] = [/^0x/i.test(device) ? '' : device, description, `${vendor} ${architecture}`]
    .map((part) => part.trim())
    .filter((part, index, parts) => part && parts.indexOf(part) === index);
  if (!name) return 'a GPU that does not give its name';
  return others.length === 0 ? name : `${name} (${others.join(', ')})`;
}
