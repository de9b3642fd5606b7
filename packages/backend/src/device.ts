import type { Compiler } from '@llm-mde/compile/eager';
import type { KernelBackend } from '@tensorflow/tfjs-core';

/** Names of the devices, best first: the order in which `auto` tries them. */
export const DEVICE_NAMES = ['cuda', 'webgpu', 'cpu', 'native', 'wasm'] as const;

/**
 * - `cuda`: an NVIDIA GPU through `@tensorflow/tfjs-node-gpu` (Node)
 * - `webgpu`: any GPU through WebGPU: the browser's own, in Node that of the npm package `webgpu`, which is Dawn; compiled functions run on
 *   ONNX Runtime's WebGPU provider
 * - `cpu`: ONNX Runtime on the CPU: made for compiled functions; what is not compiled runs there as small graphs (Node)
 * - `native`: TensorFlow on the CPU through `@tensorflow/tfjs-node` (Node)
 * - `wasm`: WebAssembly on the CPU; runs everywhere. In browsers compiled functions run on ONNX Runtime's WebAssembly
 */
export type DeviceName = (typeof DEVICE_NAMES)[number];

export interface OpenDeviceOptions {
  /**
   * The device to open; `auto` (the default) takes the first of `cuda`, `webgpu`, `cpu`, `native` and `wasm` that works. In Node the environment
   * variable `LLM_MDE_DEVICE`, where it is set and not empty, takes precedence.
   */
  device?: DeviceName | 'auto';
  /**
   * CPU threads of `cpu`, of `wasm` in browsers, and of what a GPU leaves to the CPU, from 1 to 1024. In Node the environment variable
   * `LLM_MDE_THREADS`, where it is set and not empty, takes precedence.
   * @default one for each core that the process may use; in browsers one, unless the page is cross-origin isolated
   */
  threads?: number;
  /**
   * Where the three `.wasm` files of `@tensorflow/tfjs-backend-wasm` are: the address of their folder, ending in `/`, or one address per file
   * name.
   * @default the installed package in Node; in browsers this package's own copy, as a data address
   */
  wasmPaths?: string | Record<string, string>;
  /**
   * In browsers: the address of a folder with onnxruntime-web's `.wasm` and `.mjs` files, ending in `/`, for compiled functions.
   * @default where the bundler put them
   */
  onnxRuntimePaths?: string;
}

/** The open device of this process. */
export interface Device {
  readonly name: DeviceName;
  /** The name under which TensorFlow.js knows the backend: `tensorflow`, `webgpu`, `onnxruntime` or `wasm`. */
  readonly backendName: string;
  /** The processor or GPU that computes, in words, for example `NVIDIA H200` or `AMD EPYC 7B13, 2 cores`. */
  readonly hardware: string;
  /** The library that computes and its version, for example `TensorFlow 2.21.0 (tfjs-node 4.22.0)`. */
  readonly libraryVersion: string;
  /** The number of CPU threads; missing where the library chooses it (`native`, `cuda`). */
  readonly threads?: number;
  /** True for a GPU that is emulated on the CPU, such as SwiftShader: right but slow, never chosen by `auto`. */
  readonly isSoftware: boolean;
  /**
   * Whether `compile` makes graphs: on `webgpu`, on `cpu` in Node, on `wasm` in browsers. Elsewhere compiled functions run kernel by kernel.
   */
  readonly compiles: boolean;
  /**
   * Makes a function of tensors run as one compiled graph for each shape of its arguments, where the device compiles (see `@llm-mde/compile`);
   * elsewhere it runs as it is. The function has to be synchronous; variables that it closes over are read and assigned. Instead of
   * tensors the compiled function also takes `{ data, shape }`. The results belong to the caller.
   */
  readonly compile: Compiler;
  /** The devices that `auto` skipped, best first; empty where the device was asked for by name. */
  readonly skipped: readonly SkippedDevice[];
  /**
   * Frees the device with every tensor on it, after which another can be opened. A program that is about to end need not call it: no open
   * device keeps a process alive.
   */
  close(): Promise<void>;
}

export interface SkippedDevice {
  readonly device: DeviceName;
  /** One sentence: why it was skipped and what to do about it. */
  readonly reason: string;
}

/** Thrown by `openDevice`: the message says why no device was opened and what to do about it. */
export class DeviceError extends Error {
  override name = 'DeviceError';
  /** The reason alone, one sentence that says what to do; where one device was asked for, the message names it first. */
  readonly reason: string;

  constructor(message: string, { reason = message, ...options }: ErrorOptions & { reason?: string } = {}) {
    super(message, options);
    this.reason = reason;
  }
}

export interface OpenRequest extends OpenDeviceOptions {
  /** False for `auto`, which skips software GPUs, and whose failures must leave the process fit for the next device. */
  explicit: boolean;
}

/** What a device's own module hands to `openDevice`: a backend that runs, but that is neither TensorFlow.js's choice nor proved yet. */
export interface LoadedBackend
  extends Pick<Device, 'backendName' | 'hardware' | 'libraryVersion' | 'threads' | 'isSoftware'> {
  backend: KernelBackend;
  /** What compiles functions for this device, where anything does. */
  compile?: Device['compile'];
  /** Called after TensorFlow.js has let go of the backend. */
  release?(): void;
}

/** Loads one device's backend, or throws a DeviceError with the reason why it can't. */
export type DeviceLoader = (request: OpenRequest) => Promise<LoadedBackend>;

/** The first line of what a library threw, for a message of one sentence. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .trim()
    .split('\n')[0]!
    .replace(/[.:\s]+$/, '');
}
