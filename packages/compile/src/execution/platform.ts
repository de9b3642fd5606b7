import type { FileWriter } from '../graph/graph.js';
import type { TypedArray } from '../graph/value.js';
import type { ExternalPlace } from '../onnx/external-data.js';
import type { Provider, Request, Response } from './protocol.js';

/** What Node and browsers each do in their own way. */
export interface Platform {
  /** Starts a worker with ONNX Runtime in it. */
  startWorker(options: WorkerOptions): WorkerConnection;
  /** Whether a worker's answer can be waited for. */
  readonly canWait: boolean;
  /** Whether the thread and its workers may share memory: in browsers, only pages that are isolated for it. */
  readonly sharesMemory: boolean;
  /** Where large weights are kept beside the models; without it they are part of each. */
  readonly weights?: WeightsFolder;
  readonly writeFile?: FileWriter;
  /** Why a device can't be used here, if that is known before it is tried. */
  refusal(device: Provider): string | undefined;
}

export interface WorkerOptions {
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

export interface WeightsFolder {
  /** Where the values lie in the folder's one file, into which they are written on first use. Sessions share them. */
  place(identity: object, read: () => Promise<TypedArray>): Promise<ExternalPlace>;
  /** The same while the thread waits, of values that the folder does not have yet. */
  placeNow(identity: object, values: TypedArray): ExternalPlace;
  /** The bytes at a place. */
  read(place: ExternalPlace): Promise<Uint8Array>;
  readSync(place: ExternalPlace): Uint8Array;
  /** Writes a model beside that file and returns its path. */
  writeModel(bytes: Uint8Array): Promise<string>;
  removeModel(path: string): Promise<void>;
}
