import * as tf from '@tensorflow/tfjs-core';
import { DeviceError, type LoadedBackend } from '../device.js';
import { registerMissingKernels } from '../kernels/register-kernels.js';
import { loadLibraryBackend } from './library-backend.js';
import { WASM_FILES } from './wasm-files.js';

type WasmPaths = string | Record<string, string>;

type Library = typeof import('@tensorflow/tfjs-backend-wasm');

let failedBefore = false;
let library: Library | undefined;

/**
 * Loads the WebAssembly backend, or takes the program's own where that has imported `@tensorflow/tfjs-backend-wasm`: the kernels of a second copy
 * would be refused one by one.
 *
 * @param load loads the library
 * @param findPaths where the `.wasm` files are; called when the library is loaded
 * @param processor the processor in words
 * @param threads how many it may take
 */
export async function loadWasm(
  load: () => Promise<Library>,
  findPaths: () => WasmPaths | Promise<WasmPaths>,
  processor: string,
  threads: number,
): Promise<LoadedBackend> {
  // The library refuses new paths after a failure, and a second attempt without them never ends.
  if (failedBefore) {
    throw new DeviceError(
      'its WebAssembly files could not be loaded before, and the library tries only once: start again with the right wasmPaths.',
    );
  }
  let wasmPaths: WasmPaths = 'where the program says';
  if (library || !tf.findBackendFactory('wasm')) {
    library ??= await load();
    wasmPaths = await findPaths();
    checkPaths(wasmPaths);
    library.setWasmPaths(wasmPaths);
    library.setThreadsCount(threads);
  }
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
    libraryVersion: `TensorFlow.js WebAssembly ${tf.version_core}, ${simd ? 'SIMD' : 'without SIMD'}`,
    threads,
    isSoftware: false,
  };
}

function checkPaths(wasmPaths: WasmPaths): void {
  if (typeof wasmPaths === 'string') return;
  const missing = WASM_FILES.filter((file) => !wasmPaths[file]);
  if (missing.length > 0) {
    throw new DeviceError(
      `wasmPaths has no address for ${missing.join(', ')}: give one for each of ${WASM_FILES.join(', ')}.`,
    );
  }
}

/** The library's own message advises functions that are not for callers of this package. */
function whyNotLoaded(wasmPaths: WasmPaths): string {
  const place = typeof wasmPaths === 'string' ? wasmPaths : Object.values(wasmPaths).join(', ');
  if (place.startsWith('data:')) {
    return (
      "its WebAssembly could not be started: allow data: in connect-src and 'wasm-unsafe-eval' in script-src of the page's " +
      'Content-Security-Policy, or pass wasmPaths, the address of the folder with the .wasm files of @tensorflow/tfjs-backend-wasm.'
    );
  }
  return `its WebAssembly files could not be loaded from ${place}: copy the .wasm files of @tensorflow/tfjs-backend-wasm there, or correct wasmPaths.`;
}
