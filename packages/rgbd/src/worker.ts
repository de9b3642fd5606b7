// The program of a worker thread: starts the handler of the module that it is told, then runs task after task.
import { parentPort, workerData } from 'node:worker_threads';
import { DatasetError } from './errors.js';
import type { Request, Response, TaskHandler, WorkerStart } from './loader/worker-pool.js';

const port = parentPort!;
const { module, data } = workerData as WorkerStart;
const handler = import(module).then(({ start }) => start(data) as Promise<TaskHandler<unknown, unknown>>);

let last: Promise<void> = Promise.resolve();
port.on('message', (request: Request) => {
  last = last.then(() => answer(request));
});

async function answer({ number, task }: Request): Promise<void> {
  try {
    const { run, transfer } = await handler;
    const result = await run(task);
    port.postMessage({ number, result } satisfies Response, transfer?.(result) ?? []);
  } catch (error) {
    const { message } = error as Error;
    const details =
      error instanceof DatasetError ? { problem: error.problem, file: error.file, frame: error.frame } : {};
    port.postMessage({ number, error: { message, ...details } } satisfies Response);
  }
}
