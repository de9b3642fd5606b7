import * as tf from '@tensorflow/tfjs-core';

/** The library takes the one that the browser can run, but wants to be told about all. */
export const WASM_FILES = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
] as const;

/**
 * The library's files, packed into this package as data addresses: bundlers and development servers find no file of a package by themselves.
 * Only the one that this browser runs is loaded, under all three names. The library has to be loaded: it knows the flags.
 */
export async function packedWasmFiles(): Promise<Record<string, string>> {
  const has = (feature: string) => tf.env().getAsync(`WASM_HAS_${feature}_SUPPORT`);
  const { default: address } = !(await has('SIMD'))
    ? await import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')
    : (await has('MULTITHREAD'))
      ? await import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm')
      : await import('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm');
  return Object.fromEntries(WASM_FILES.map((file) => [file, address]));
}
