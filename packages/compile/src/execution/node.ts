import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { BlockingRequest } from './node-worker.js';
import { checkThreads, type Platform, type WorkerConnection } from './platform.js';
import type { Provider, Request, Response } from './protocol.js';
import { NodeWeightsFile } from './weights-file.js';

export const platform: Platform = {
  startWorker,
  threads(wanted) {
    const { LLM_MDE_THREADS: named } = process.env;
    // ONNX Runtime by itself counts the cores of the hardware, and takes one thread on most virtual machines.
    return named ? checkThreads(named, 'The environment variable LLM_MDE_THREADS') : (wanted ?? availableParallelism());
  },
  canWait: true,
  sharesMemory: true,
  weights: new NodeWeightsFile(),
  unavailableReason(device: Provider) {
    if (device !== 'cuda') return undefined;
    return process.platform === 'linux' ? missingCuda() : 'The device "cuda" exists only on Linux.';
  },
};

function startWorker(): WorkerConnection {
  // ONNX Runtime sends telemetry (from 1.29 on) unless this is in the environment when it is loaded. For that it keeps a file in the home
  // folder, and reads the command line in a way that ends the process where that is long. Who wants it sets the variable to 0.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  // By its name, not by its path: the same from the built package and from its sources.
  // Without the program's own options: some, such as --input-type, make a worker refuse to start.
  const worker = new Worker(createRequire(import.meta.url).resolve('@llm-mde/compile/node-worker'), { execArgv: [] });
  return {
    post: (message) => worker.postMessage(message),
    postAndWait: (request) => postAndWait(worker, request),
    onMessage(listener) {
      worker.on('message', listener);
      worker.unref(); // A listener keeps the process alive.
    },
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
  // While this thread waits, no event tells it that the worker has ended.
  let response: Response | undefined;
  while (!response) {
    const isAnswered = Atomics.wait(flag, 0, 0, 1000) !== 'timed-out';
    response = receiveMessageOnPort(port1)?.message;
    if (!response && !isAnswered && isClosed(port1)) throw new Error('it ended while its answer was awaited');
  }
  port1.close();
  return response;
}

/** Whether the other end of an empty port is gone, which only an attempt to send the port tells at once. It is not sent: functions can't be. */
function isClosed(port: MessagePort): boolean {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(() => {}, [port]);
    return false;
  } catch (error) {
    return (error as Error).message.includes('detached');
  } finally {
    port1.close();
    port2.close();
  }
}

/** onnxruntime-node's install script downloads the CUDA provider; npm installs that skip scripts do not have it. */
function missingCuda(): string | undefined {
  let folder: string;
  try {
    const main = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    folder = new URL(`bin/napi-v6/linux/${process.arch}/`, `file://${main}`).pathname;
  } catch {
    return 'The device "cuda" needs the npm package onnxruntime-node: run `npm install onnxruntime-node`.';
  }
  if (existsSync(`${folder}libonnxruntime_providers_cuda.so`)) return undefined;
  return (
    'The device "cuda" needs ONNX Runtime\'s CUDA libraries, which onnxruntime-node\'s install script downloads: ' +
    'run it with `npm rebuild onnxruntime-node`, or use "webgpu" or "cpu".'
  );
}
