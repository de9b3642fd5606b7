import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type { LoadedBackend, OpenRequest } from '../device.js';
import { processorName } from './processor.js';
import { loadWasm } from './wasm.js';

const require = createRequire(import.meta.url);

/** The WebAssembly backend in Node: its files are found in the installed package, whatever the working directory. */
export async function loadWasmInNode({ wasmPaths }: OpenRequest): Promise<LoadedBackend> {
  const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep;
  return withoutNewListeners(() => loadWasm(wasmPaths ?? folder, processorName()));
}

/**
 * Emscripten listens for uncaught errors only to throw them again, which turns the exit code of a caller's program that fails from 1 into 7
 * and hides rejections from the caller's own listeners.
 */
async function withoutNewListeners<T>(load: () => Promise<T>): Promise<T> {
  const errorsBefore = process.listeners('uncaughtException');
  const rejectionsBefore = process.listeners('unhandledRejection');
  const loaded = await load();
  for (const listener of process.listeners('uncaughtException')) {
    if (!errorsBefore.includes(listener)) process.off('uncaughtException', listener);
  }
  for (const listener of process.listeners('unhandledRejection')) {
    if (!rejectionsBefore.includes(listener)) process.off('unhandledRejection', listener);
  }
  return loaded;
}
