import * as runtime from 'onnxruntime-web/webgpu';
import type { Request, Response } from './protocol.js';
import { type Runtime, SessionHost } from './session-host.js';

/** The first message; the requests follow. */
export interface WebWorkerStart {
  wasmPaths: string | undefined;
}

interface WorkerScope {
  onmessage: ((event: MessageEvent<WebWorkerStart | (Request & { id: number })>) => void) | null;
  postMessage(message: Response, transfer: ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;
const host = new SessionHost(runtime as unknown as Runtime, { processor: 'wasm', fillsTensors: false });
let queue: Promise<unknown> = Promise.resolve();

scope.onmessage = ({ data }) => {
  if ('wasmPaths' in data) {
    if (data.wasmPaths !== undefined) runtime.env.wasm.wasmPaths = data.wasmPaths;
    return;
  }
  queue = queue.then(async () => {
    const response = await answer(data);
    const values = 'values' in response ? (response.values ?? []) : [];
    scope.postMessage(response, [...new Set(values.map(({ buffer }) => buffer as ArrayBuffer))]);
  });
};

async function answer(request: Request & { id: number }): Promise<Response> {
  try {
    const values = await host.handle(request);
    return values ? { id: request.id, values } : { id: request.id };
  } catch (error) {
    return { id: request.id, error: error instanceof Error ? error.message : String(error) };
  }
}
