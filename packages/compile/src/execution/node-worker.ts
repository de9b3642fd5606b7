import { MessageChannel, type MessagePort, parentPort } from 'node:worker_threads';
import type { Request } from './protocol.js';
import { buffersOf, serve } from './serve.js';
import { type Runtime, SessionHost } from './session-host.js';

/** A request whose sender is blocked until the flag is set; the answer then waits at the port. */
export interface BlockingRequest {
  request: Request;
  port: MessagePort;
  flag: Int32Array;
}

const answer = serve(
  loadRuntime().then((runtime) => new SessionHost(runtime, { cpuProvider: 'cpu', fillsTensors: true, discard })),
);

parentPort!.on('message', async (message: (Request & { id: number }) | BlockingRequest) => {
  if ('flag' in message) {
    message.port.postMessage(await answer(-1, message.request));
    Atomics.store(message.flag, 0, 1);
    Atomics.notify(message.flag, 0);
  } else {
    const response = await answer(message.id, message);
    parentPort!.postMessage(response, buffersOf(response));
  }
});

/** Frees memory at once: what is sent to nobody is gone. */
function discard(buffers: readonly ArrayBufferLike[]): void {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  port1.postMessage(undefined, buffers as ArrayBuffer[]);
  port1.close();
}

async function loadRuntime(): Promise<Runtime> {
  let module: { default?: Runtime } & Runtime;
  try {
    module = (await import('onnxruntime-node')) as unknown as typeof module;
  } catch (error) {
    throw new Error(
      'ONNX Runtime could not be loaded: set the environment variable ONNXRUNTIME_NODE_INSTALL=skip, which leaves CUDA libraries out, and run ' +
        `\`npm install onnxruntime-node\`. (${(error as Error).message.split('\n')[0]})`,
    );
  }
  return module.default ?? module;
}
