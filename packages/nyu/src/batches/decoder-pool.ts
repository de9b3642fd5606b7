import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DatasetError } from '../dataset-error.js';
import type { Frame } from '../frame.js';
import { type FrameReader, openReader, type SourceIndex } from '../sources/source.js';
import { type DecodeTask, decodeFrame } from './decode.js';

/** What goes to a worker, and what comes back. */
export interface Request {
  number: number;
  task: DecodeTask;
}

export type Response =
  | { number: number; frame: Frame }
  | { number: number; error: { message: string; problem?: string; file?: string; frame?: string } };

/**
 * Decodes frames in worker threads, each with its own open files; with no workers, in this thread. Threads start at the first task. They do not
 * keep the process alive while they have nothing to do.
 */
export class DecoderPool {
  readonly #index: SourceIndex;
  readonly #size: number;
  #workers: DecodingWorker[] = [];
  #reader: Promise<FrameReader> | undefined;
  #isClosed = false;

  constructor(index: SourceIndex, workers: number) {
    this.#index = index;
    this.#size = workers;
  }

  /** @throws DatasetError if the frame can't be read; Error if the thread ended or the data set was closed. */
  async decode(task: DecodeTask): Promise<Frame> {
    if (this.#isClosed) throw new Error('The data set was closed while its frames were being read.');
    if (this.#size === 0) {
      this.#reader ??= openReader(this.#index);
      return decodeFrame(await this.#reader, task);
    }
    return this.#leastBusy().decode(task);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const workers = this.#workers;
    this.#workers = [];
    await Promise.all(workers.map((worker) => worker.close()));
    await (await this.#reader?.catch(() => undefined))?.close();
  }

  #leastBusy(): DecodingWorker {
    this.#workers = this.#workers.filter(({ hasEnded }) => !hasEnded);
    const idle = this.#workers.find(({ waiting }) => waiting === 0);
    if (idle) return idle;
    if (this.#workers.length < this.#size) {
      const worker = new DecodingWorker(this.#index);
      this.#workers.push(worker);
      return worker;
    }
    return this.#workers.reduce((least, worker) => (worker.waiting < least.waiting ? worker : least));
  }
}

interface Waiting {
  resolve(frame: Frame): void;
  reject(error: Error): void;
}

class DecodingWorker {
  hasEnded = false;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;

  constructor(index: SourceIndex) {
    // Without the process's own flags: some are not for threads (--input-type), and the thread's program needs none of the others.
    this.#worker = new Worker(workerFile(), { workerData: index, execArgv: [] });
    this.#worker.unref();
    this.#worker.on('message', (response: Response) => this.#settle(response));
    this.#worker.on('error', (error) =>
      this.#fail(new Error(`A decoding thread failed: ${error.message}`, { cause: error })),
    );
    this.#worker.on('exit', (code) => this.#fail(new Error(`A decoding thread ended early, with code ${code}.`)));
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  decode(task: DecodeTask): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const number = this.#number++;
      this.#waiting.set(number, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ number, task } satisfies Request);
    });
  }

  async close(): Promise<void> {
    this.#fail(new Error('The data set was closed while its frames were being read.'));
    await this.#worker.terminate();
  }

  #settle(response: Response): void {
    const waiting = this.#waiting.get(response.number);
    this.#waiting.delete(response.number);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (!waiting) return;
    if ('frame' in response) waiting.resolve(response.frame);
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
  if (problem === undefined || file === undefined) return new Error(message);
  return new DatasetError(problem, frame === undefined ? { file } : { file, frame });
}

/** Beside this file when built; when run from its source, in the build. */
function workerFile(): string {
  const candidates = ['./decode-worker.js', '../../dist/decode-worker.js'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`The decoding thread's program is missing: build the package, so that there is ${candidates[0]}.`);
  return found;
}
