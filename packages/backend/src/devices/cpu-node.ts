import { createRequire } from 'node:module';
import { DeviceError, firstLine, type LoadedBackend, type OpenRequest } from '../device.js';
import { proveCompiledMatMul } from '../prove-mat-mul.js';
import { compileFor } from './compile-node.js';
import { loadWasmInNode } from './wasm-node.js';

const require = createRequire(import.meta.url);

/** Compiled functions on ONNX Runtime on the processor; what is not compiled runs on WebAssembly. */
export async function loadCpuInNode(request: OpenRequest): Promise<LoadedBackend> {
  const version = onnxRuntimeVersion();
  const compile = await compileFor('cpu');
  await proveCompiledMatMul(compile).catch((error) => {
    throw new DeviceError(
      `ONNX Runtime ${version} does not compute here (${firstLine(error)}): reinstall onnxruntime-node, or use another device.`,
    );
  });
  const wasm = await loadWasmInNode(request);
  return { ...wasm, compile, libraryVersion: `ONNX Runtime ${version}, eager: ${wasm.libraryVersion}` };
}

function onnxRuntimeVersion(): string {
  try {
    return createRequire(require.resolve('@llm-mde/compile'))('onnxruntime-node/package.json').version;
  } catch {
    throw new DeviceError('the npm package onnxruntime-node is not installed: run `npm install onnxruntime-node`.');
  }
}
