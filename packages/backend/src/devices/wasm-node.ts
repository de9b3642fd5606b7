import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type { LoadedBackend, OpenRequest } from '../device.js';
import { processorName } from './processor.js';
import { loadWasm } from './wasm.js';

const require = createRequire(import.meta.url);

/** The WebAssembly backend in Node: its files are found in the installed package, whatever the working directory. */
export async function loadWasmInNode({ wasmPaths }: OpenRequest): Promise<LoadedBackend> {
  const folder = dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep;
  return withoutNewListeners(() => loadWasm(wasmPaths ?? folder, processorName(), 1));
}

/**
 * Emscripten listens for uncaught errors only to throw them again, which turns the exit code of a caller's program that fails from 1 into 7
 * and hides rejections from the caller's own listeners.
 */
async function withoutNewListeners<T>(load: () => Promise<T>): Promise<T> {
  const listeners = () => EVENTS.map((event) => process.listeners(event));
  const before = listeners();
  const loaded = await load();
  for (const [index, event] of EVENTS.entries()) {
    for (const listener of listeners()[index]!) if (!before[index]!.includes(listener)) process.off(event, listener);
  }
  return loaded;
}

// The types know the listeners of the first by themselves.
const EVENTS = ['uncaughtException', 'unhandledRejection'] as 'uncaughtException'[];
