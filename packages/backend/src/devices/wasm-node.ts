import type { LoadedBackend, OpenRequest } from '../device.js';
import { processorName } from './processor.js';
import { tensorflowFolder, wasmLibrary } from './tensorflow-files.js';
import { loadWasm } from './wasm.js';

/** The WebAssembly backend in Node: its files are found in this package, whatever the working directory. */
export async function loadWasmInNode({ wasmPaths }: OpenRequest): Promise<LoadedBackend> {
  return withoutNewListeners(() => loadWasm(wasmLibrary, () => wasmPaths ?? tensorflowFolder, processorName(), 1));
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
