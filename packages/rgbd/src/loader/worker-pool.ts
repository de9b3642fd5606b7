import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DatasetError } from '../errors.js';

/** Runs one task after another, in the thread that it was started in. */
export interface TaskHandler<Task, Result> {
  run(task: Task): Promise<Result> | Result;
  /** Buffers of a result that are moved to the calling thread instead of copied. */
  transfer?(result: Result): ArrayBuffer[];
  close?(): Promise<void>;
}

export interface WorkerPoolOptions<Task, Result> {
  /** How many threads; 0 runs the tasks in this thread. */
  size: number;
  /** Starts a handler; its argument is `data`. Used with size 0. */
  start(data: unknown): Promise<TaskHandler<Task, Result>>;
  /** URL of a module that exports the same `start`, which each thread imports. See {@link builtModule}. */
  module: URL;
  /** Plain data, passed to `start` in each thread. */
  data?: unknown;
}

/** What a thread is started with, and the messages between it and the pool. */
export interface WorkerStart {
  module: string;
  data: unknown;
}
export interface Request {
  number: number;
  task: unknown;
}
export type Response =
  | { number: number; result: unknown }
  | { number: number; error: { message: string; problem?: string; file?: string; frame?: string } };

const CLOSED = 'The worker pool was closed while its tasks were running.';

/**
 * Runs tasks in worker threads, each with a handler of its own. Threads start with the first tasks, and do not keep the process alive
 * while they are idle.
 */
export class WorkerPool<Task, Result> {
  readonly #options: WorkerPoolOptions<Task, Result>;
  #threads: Thread[] = [];
  #handler: Promise<TaskHandler<Task, Result>> | undefined;
  #isClosed = false;

  constructor(options: WorkerPoolOptions<Task, Result>) {
    this.#options = options;
  }

  /** @throws the handler's error; Error if the thread ended or the pool was closed. */
  async run(task: Task): Promise<Result> {
    if (this.#isClosed) throw new Error(CLOSED);
    const { size, start, data } = this.#options;
    if (size === 0) {
      this.#handler ??= start(data);
      return (await this.#handler).run(task);
    }
    return (await this.#leastBusy().run(task)) as Result;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map((thread) => thread.close()));
    await (await this.#handler?.catch(() => undefined))?.close?.();
  }

  #leastBusy(): Thread {
    this.#threads = this.#threads.filter(({ hasEnded }) => !hasEnded);
    const idle = this.#threads.find(({ waiting }) => waiting === 0);
    if (idle) return idle;
    if (this.#threads.length < this.#options.size) {
      const thread = new Thread({ module: this.#options.module.href, data: this.#options.data });
      this.#threads.push(thread);
      return thread;
    }
    return this.#threads.reduce((least, thread) => (thread.waiting < least.waiting ? thread : least));
  }
}

class Thread {
  hasEnded = false;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #number = 0;

  constructor(start: WorkerStart) {
    // Without the process's own flags: some are not for threads (--input-type), and the thread's program needs none of the others.
    this.#worker = new Worker(builtModule('worker.js', import.meta.url), { workerData: start, execArgv: [] });
    this.#worker.unref();
    this.#worker.on('message', (response: Response) => this.#settle(response));
    this.#worker.on('error', (error) => this.#fail(new Error(`A worker failed: ${error.message}`, { cause: error })));
    this.#worker.on('exit', (code) => this.#fail(new Error(`A worker exited early, with code ${code}.`)));
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  run(task: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const number = this.#number++;
      this.#waiting.set(number, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ number, task } satisfies Request);
    });
  }

  async close(): Promise<void> {
    this.#fail(new Error(CLOSED));
    await this.#worker.terminate();
  }

  #settle(response: Response): void {
    const waiting = this.#waiting.get(response.number);
    // Without this, a result that comes while the thread is being closed would let the process end before the thread has.
    if (!waiting) return;
    this.#waiting.delete(response.number);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ('result' in response) waiting.resolve(response.result);
    else waiting.reject(toError(response.error));
  }

  #fail(error: Error): void {
    this.hasEnded = true;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

function toError({ message, problem, file, frame }: Extract<Response, { error: unknown }>['error']): Error {
  return problem === undefined || file === undefined ? new Error(message) : new DatasetError(problem, { file, frame });
}

/**
 * URL of a module of a built package: beside the importing file, or in `dist` where that file is run from its source, as in tests.
 *
 * @param importer the importing file's `import.meta.url`.
 * @throws Error if the package is not built.
 */
export function builtModule(name: string, importer: string): URL {
  const candidates = ['./', '../dist/', '../../dist/'].map((folder) => new URL(`${folder}${name}`, importer));
  const found = candidates.find((url) => existsSync(fileURLToPath(url)));
  if (!found) throw new Error(`The module ${name} is missing: build the package that ${importer} belongs to.`);
  return found;
}
