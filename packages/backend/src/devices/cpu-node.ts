import * as tf from '@tensorflow/tfjs-core';
import { checkMatMul } from '../check-mat-mul.js';
import { DeviceError, firstLine, type LoadedBackend, type OpenRequest } from '../device.js';
import { compileFor } from './compile-node.js';
import { loadLibraryBackend } from './library-backend.js';
import { onnxRuntimeVersion } from './onnx-runtime.js';
import { processorName } from './processor.js';

/**
 * Compiled functions on ONNX Runtime on the CPU. What is not compiled runs there too, as small graphs: another backend would keep
 * a second copy of every weight, and its memory never shrinks.
 */
export async function loadCpuInNode({ threads: wantedThreads }: OpenRequest): Promise<LoadedBackend> {
  const version = onnxRuntimeVersion();
  const { compile, threads } = await compileFor('cpu', wantedThreads);
  await checkMatMul(compile).catch((error) => {
    throw new DeviceError(
      `ONNX Runtime ${version} does not compute here (${firstLine(error)}): reinstall onnxruntime-node, or use another device.`,
    );
  });
  const { BACKEND_NAME } = await import('@llm-mde/compile');
  const backend = await loadLibraryBackend(BACKEND_NAME);
  return {
    backend,
    backendName: BACKEND_NAME,
    hardware: processorName(),
    libraryVersion: `ONNX Runtime ${version}`,
    isSoftware: false,
    threads,
    compile,
    // Functions that another device compiles are traced with it too.
    release: () => tf.registerBackend(BACKEND_NAME, () => backend, 0),
  };
}
