import * as tf from '@tensorflow/tfjs-core';
import { DeviceError, type LoadedBackend } from '../device.js';
import { registerMissingKernels } from '../kernels/register-kernels.js';
import { loadLibraryBackend } from './library-backend.js';

type WasmPaths = string | Record<string, string> | undefined;

let failedBefore = false;

/**
 * Loads the WebAssembly backend.
 *
 * @param wasmPaths where the `.wasm` files are; undefined leaves it to the library, which looks beside the running script
 * @param processor the processor in words
 */
export async function loadWasm(wasmPaths: WasmPaths, processor: string): Promise<LoadedBackend> {
  // The library refuses new paths after a failure, and a second attempt without them never ends.
  if (failedBefore) {
    throw new DeviceError(
      'its WebAssembly files could not be loaded before, and the library tries only once: start again with the right wasmPaths.',
    );
  }
  checkPaths(wasmPaths);
  const { setWasmPaths, version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm');
  if (wasmPaths) setWasmPaths(wasmPaths);
  const backend = await loadLibraryBackend('wasm').catch(() => {
    failedBefore = true;
    throw new DeviceError(whyNotLoaded(wasmPaths));
  });
  registerMissingKernels('wasm');
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return {
    backend,
    backendName: 'wasm',
    hardware: processor,
    libraryVersion: `TensorFlow.js WebAssembly ${version}, ${simd ? 'SIMD' : 'without SIMD'}`,
    isSoftware: false,
  };
}

/** The library takes the one that the browser can run, but wants to be told about all. */
const FILES = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];

function checkPaths(wasmPaths: WasmPaths): void {
  if (!wasmPaths || typeof wasmPaths === 'string') return;
  const missing = FILES.filter((file) => !wasmPaths[file]);
  if (missing.length > 0) {
    throw new DeviceError(
      `wasmPaths has no address for ${missing.join(', ')}: give one for each of ${FILES.join(', ')}.`,
    );
  }
}

/** The library's own message advises functions that are not for callers of this package. */
function whyNotLoaded(wasmPaths: WasmPaths): string {
  if (!wasmPaths) {
    return (
      'its WebAssembly files could not be loaded: pass wasmPaths, the address of the folder with the .wasm files of ' +
      '@tensorflow/tfjs-backend-wasm.'
    );
  }
  const place = typeof wasmPaths === 'string' ? wasmPaths : Object.values(wasmPaths).join(', ');
  return `its WebAssembly files could not be loaded from ${place}: copy the .wasm files of @tensorflow/tfjs-backend-wasm there, or correct wasmPaths.`;
}
