import { CompileError } from '../errors.js';
import type { ExternalLocation, TypedArray } from '../graph/value.js';
import type { Provider, Request, Response } from './protocol.js';

/** What Node and browsers each do in their own way. */
export interface Platform {
  /** Starts a worker with ONNX Runtime in it. */
  startWorker(options: WorkerOptions): WorkerConnection;
  /**
   * How many CPU threads there are to compute with.
   *
   * @param wanted What the program asks for, if it does.
   */
  threads(wanted: number | undefined): number;
  /** Whether a worker's answer can be waited for. */
  readonly canWait: boolean;
  /** Whether the thread and its workers may share memory: in browsers, only pages that are isolated for it. */
  readonly sharesMemory: boolean;
  /** Where large weights are kept beside the models; without it they are part of each. */
  readonly weights?: WeightsFile;
  /** Why a device can't be used here, if that is known before it is tried. */
  unavailableReason(device: Provider): string | undefined;
}

export interface WorkerOptions {
  /** CPU threads; only in browsers, where all sessions of a worker share them. */
  readonly threads?: number;
  /** Where onnxruntime-web's .wasm files are; only in browsers. */
  readonly wasmPaths?: string | undefined;
}

export interface WorkerConnection {
  post(message: Request & { id: number }): void;
  /** Waits for the answer and blocks the thread meanwhile; undefined where that can't be done. */
  readonly postAndWait?: (message: Request) => Response;
  onMessage(listener: (response: Response) => void): void;
  onFailure(listener: (error: Error) => void): void;
  /** Whether an answer is awaited: meanwhile the process must not end. */
  setBusy(busy: boolean): void;
  terminate(): Promise<void>;
}

/** The one file of weights, which sessions share. */
export interface WeightsFile {
  /** The location of the values of this identity, if they were written. */
  find(identity: object): ExternalLocation | undefined;
  /** Writes values, unless those of this identity were written before, and returns their location. */
  write(identity: object, values: TypedArray): ExternalLocation;
  read(location: ExternalLocation): Uint8Array;
  /** Writes a model beside that file and returns its path. */
  writeModel(bytes: Uint8Array): string;
  removeModel(path: string): void;
}

/** @returns the number, if it is one that threads can have. */
export function checkThreads(threads: number | string, who: string): number {
  const number = Number(threads);
  if (Number.isInteger(number) && number > 0 && number <= 1024) return number;
  throw new CompileError(`${who} must be an integer from 1 to 1024, got ${JSON.stringify(threads)}.`);
}
