import * as runtime from 'onnxruntime-web/webgpu';
import type { Request, Response } from './protocol.js';
import { buffersOf, serve } from './serve.js';
import { type Runtime, SessionHost } from './session-host.js';

/** The first message; the requests follow. */
export interface WebWorkerStart {
  wasmPaths: string | undefined;
  threads: number | undefined;
}

interface WorkerScope {
  onmessage: ((event: MessageEvent<WebWorkerStart | (Request & { id: number })>) => void) | null;
  postMessage(message: Response, transfer: ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const host = new SessionHost(runtime as unknown as Runtime, { cpuProvider: 'wasm', fillsTensors: false });
const answer = serve(Promise.resolve(host));

scope.onmessage = async ({ data }) => {
  if ('wasmPaths' in data) {
    if (data.wasmPaths !== undefined) runtime.env.wasm.wasmPaths = data.wasmPaths;
    // Threads need memory that they share.
    if (data.threads !== undefined) runtime.env.wasm.numThreads = globalThis.crossOriginIsolated ? data.threads : 1;
    return;
  }
  const response = await answer(data.id, data);
  scope.postMessage(response, buffersOf(response));
};
