import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { NodeWeightsFolder } from './node-weights-folder.js';
import type { BlockingRequest } from './node-worker.js';
import type { Platform, WorkerConnection } from './platform.js';
import type { Provider, Request, Response } from './protocol.js';

export const nodePlatform: Platform = {
  startWorker,
  canWait: true,
  sharesMemory: true,
  weights: new NodeWeightsFolder(),
  writeFile,
  refusal(device: Provider) {
    if (device !== 'cuda' || process.platform !== 'linux')
      return device === 'cuda' ? 'The device "cuda" exists only on Linux.' : undefined;
    return missingCuda();
  },
};

function startWorker(): WorkerConnection {
  // By its name, not by its place: the same from the built package and from its sources.
  // Without the program's own options: some, such as --input-type, make a worker refuse to start.
  const worker = new Worker(createRequire(import.meta.url).resolve('@llm-mde/compile/node-worker'), { execArgv: [] });
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    postAndWait: (request) => postAndWait(worker, request),
    onMessage: (listener) => worker.on('message', listener),
    onFailure(listener) {
      worker.on('error', listener);
      worker.on('exit', (code) => listener(new Error(`it exited with status ${code}`)));
    },
    setBusy: (busy) => (busy ? worker.ref() : worker.unref()),
    async terminate() {
      worker.removeAllListeners();
      await worker.terminate();
    },
  };
}

function postAndWait(worker: Worker, request: Request): Response {
  const { port1, port2 } = new MessageChannel();
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const message: BlockingRequest = { request, port: port2, flag };
  worker.postMessage(message, [port2]);
  Atomics.wait(flag, 0, 0);
  const response = receiveMessageOnPort(port1)!.message as Response;
  port1.close();
  return response;
}

/** Under another name first, then renamed: a reader never sees half of a file. */
async function writeFile(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${file}.${process.pid}.partial`;
  try {
    const handle = await open(temporary, 'w');
    try {
      for (const part of parts) await handle.write(part);
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** onnxruntime-node's install script fetches the CUDA provider; npm installs that skip scripts do not have it. */
function missingCuda(): string | undefined {
  let folder: string;
  try {
    const main = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    folder = new URL(`bin/napi-v6/linux/${process.arch}/`, `file://${main}`).pathname;
  } catch {
    return 'The device "cuda" needs onnxruntime-node: install it with `npm install onnxruntime-node`.';
  }
  if (existsSync(`${folder}libonnxruntime_providers_cuda.so`)) return undefined;
  return (
    'The device "cuda" needs ONNX Runtime\'s CUDA libraries, which onnxruntime-node\'s install script fetches: ' +
    'run it with `npm unflatten onnxruntime-node`, or use "webgpu" or "cpu".'
  );
}
