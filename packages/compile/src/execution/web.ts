import type { Platform, WorkerConnection, WorkerOptions } from './platform.js';
import type { Response } from './protocol.js';
import type { WebWorkerStart } from './web-worker.js';

export const platform: Platform = {
  startWorker,
  // Threads need memory that they share.
  threads: (wanted) => (globalThis.crossOriginIsolated === true ? (wanted ?? navigator.hardwareConcurrency ?? 1) : 1),
  canWait: false,
  sharesMemory: globalThis.crossOriginIsolated === true,
  unavailableReason(device) {
    if (device === 'cuda') return 'The device "cuda" does not exist in browsers: use "webgpu".';
    if (device === 'webgpu' && !('gpu' in navigator)) {
      return 'This browser has no WebGPU, or the page was not loaded over https: use the device "cpu".';
    }
    return undefined;
  },
};

const UNLOADED =
  'its script, @llm-mde/compile/web-worker, could not be loaded: install @llm-mde/compile and onnxruntime-web in your own project, where ' +
  'development servers look for it';

function startWorker({ wasmPaths, threads }: WorkerOptions): WorkerConnection {
  // In the form that bundlers recognize, and by the package's name, because development servers move this file, but not that one.
  const worker = new Worker(new URL('@llm-mde/compile/web-worker', import.meta.url), { type: 'module' });
  const start: WebWorkerStart = { wasmPaths, threads };
  worker.postMessage(start);
  return {
    post: (message) => worker.postMessage(message),
    onMessage(listener) {
      worker.onmessage = ({ data }: MessageEvent<Response>) => listener(data);
    },
    onFailure(listener) {
      worker.onerror = ({ message }) => listener(new Error(message || UNLOADED));
    },
    setBusy() {},
    async terminate() {
      worker.terminate();
    },
  };
}
