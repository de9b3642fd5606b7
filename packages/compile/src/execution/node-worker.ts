import { MessageChannel, type MessagePort, parentPort } from 'node:worker_threads';
import type { Request, Response } from './protocol.js';
import { type Runtime, SessionHost } from './session-host.js';

/** A request whose sender is blocked until the flag is set; the answer then waits at the port. */
export interface BlockingRequest {
  request: Request;
  port: MessagePort;
  flag: Int32Array;
}

const host = loadRuntime().then(
  (runtime) => new SessionHost(runtime, { processor: 'cpu', fillsTensors: true, discard }),
);
host.catch(() => {}); // Every answer reports it.
let queue: Promise<unknown> = Promise.resolve();

parentPort!.on('message', (message: (Request & { id: number }) | BlockingRequest) => {
  queue = queue.then(async () => {
    if ('flag' in message) {
      message.port.postMessage(await answer(-1, message.request));
      Atomics.store(message.flag, 0, 1);
      Atomics.notify(message.flag, 0);
    } else {
      const response = await answer(message.id, message);
      parentPort!.postMessage(response, 'values' in response ? buffersOf(response) : []);
    }
  });
});

async function answer(id: number, request: Request): Promise<Response> {
  try {
    const values = await (await host).handle(request);
    return values ? { id, values } : { id };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

/** The values' memory, to be handed over instead of copied. */
function buffersOf({ values = [] }: Extract<Response, { values?: unknown }>): ArrayBuffer[] {
  return [...new Set(values.map(({ buffer }) => buffer as ArrayBuffer))];
}

/** What is sent to nobody is gone. */
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
      `ONNX Runtime could not be loaded: install it with \`npm install onnxruntime-node\`. (${(error as Error).message.split('\n')[0]})`,
    );
  }
  return module.default ?? module;
}
