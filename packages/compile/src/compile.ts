import * as tf from '@tensorflow/tfjs-core';
import type { CompiledFunction } from './compiled-function.js';
import { CompileError } from './errors.js';
import { Executor } from './execution/executor.js';
import { createEvaluator } from './execution/lazy-evaluator.js';
import type { Platform } from './execution/platform.js';
import { Program } from './execution/program.js';
import type { Provider } from './execution/protocol.js';
import { shelfIn } from './execution/shelf.js';
import type { Graph } from './graph/graph.js';
import type { TensorValues } from './graph/value.js';
import { type Flattened, flatten, type TensorLike, tensorData, typeOf } from './structure.js';
import { traceFunction } from './tracing/trace-function.js';
import { elementType, tracingBackend } from './tracing/tracing-backend.js';

export type CompileDevice = Provider;

export interface CompileOptions {
  /**
   * - `cpu`: ONNX Runtime on the processor; in browsers its WebAssembly build
   * - `webgpu`: any GPU, through WebGPU
   * - `cuda`: NVIDIA GPUs under Linux, where ONNX Runtime's CUDA libraries are installed
   * @default 'cpu'
   */
  device?: CompileDevice;
  /** Number of processor threads. @default one per core */
  threads?: number;
  /**
   * Let ONNX Runtime repack constant weights: a few percent faster on the processor, for as much memory again as the weights take, in
   * each session.
   * @default false
   */
  prepacking?: boolean;
  /**
   * On the processor, keep the memory of a run for the next run of the same graph. Without, it is given back after every run, which takes
   * a few percent more time: right where a function is called with several shapes, each of which would keep its own.
   * @default true
   */
  memoryArena?: boolean;
  /**
   * Number of different graphs that may be kept, one for each combination of shapes and of arguments that are not tensors. More is an
   * error, since each costs a compilation. Of those that differ in numbers alone there may be eight.
   * @default 64
   */
  maximumGraphs?: number;
  /** In browsers: the address of the folder with onnxruntime-web's .wasm files, ending in `/`. @default beside its script */
  wasmPaths?: string;
}

/** Makes `compile` for a platform. */
export function createCompile(platform: Platform) {
  tracingBackend.evaluator = createEvaluator(platform);
  if (platform.weights) tracingBackend.shelf = shelfIn(platform.weights);
  return function compile<Arguments extends unknown[], Result>(
    fn: (...args: Arguments) => Result,
    options: CompileOptions = {},
  ): CompiledFunction<Arguments, Result> {
    const compiler = new Compiler(fn as (...args: never[]) => unknown, options, platform);
    const compiled = (...args: unknown[]) => compiler.call(args) as Promise<Result>;
    return Object.defineProperties(compiled as unknown as CompiledFunction<Arguments, Result>, {
      graphs: { get: () => compiler.graphs },
      dispose: { value: () => compiler.dispose() },
    });
  };
}

/** So many graphs may differ in nothing but numbers among the arguments. */
const MAXIMUM_NUMBERS = 8;
const DEVICES: readonly string[] = ['cpu', 'webgpu', 'cuda'];

interface Compiled {
  readonly program: Program;
  readonly results: Flattened<TensorLike>;
}

class Compiler {
  private readonly compiled = new Map<string, Compiled>();
  private executor: Executor | undefined;
  private disposed = false;

  constructor(
    private readonly fn: (...args: never[]) => unknown,
    private readonly options: CompileOptions,
    private readonly platform: Platform,
  ) {
    const { device = 'cpu', threads } = options;
    if (!DEVICES.includes(device))
      throw new CompileError(`Unknown device "${device}": compile takes ${DEVICES.join(', ')}.`);
    if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
      throw new CompileError(`compile takes a whole positive number of threads, but was given ${threads}.`);
    }
  }

  get graphs(): Graph[] {
    return [...this.compiled.values()].map(({ program }) => program.graph);
  }

  async call(args: readonly unknown[]): Promise<unknown> {
    if (this.disposed) throw new CompileError('This compiled function was disposed.');
    const flat = flatten(args, 'input');
    // Tensors are read before anything is awaited: the caller may dispose them as soon as this returns.
    const inputs = flat.leaves.map((leaf, index) => readInput(leaf, flat.names[index]!));
    for (const input of inputs) input.catch(() => {});
    const { program, results } = this.compiledFor(flat);
    const values = await this.executor!.exclusive(() => program.run(inputs));
    return results.unflatten(values.map((data, index) => makeTensor(data, results.leaves[index]!)));
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    const { executor } = this;
    if (!executor) return;
    await executor.exclusive(async () => {
      for (const { program } of this.compiled.values()) await program.dispose();
      this.compiled.clear();
    });
    await executor.release();
  }

  private compiledFor(args: Flattened<TensorLike>): Compiled {
    const known = this.compiled.get(args.key);
    if (known) return known;
    const { maximumGraphs = 64, device = 'cpu', wasmPaths } = this.options;
    const { threads, prepacking = false, memoryArena = true } = this.options;
    this.refuseToMakeMany(args.key, maximumGraphs);
    const { graph, results } = traceFunction(this.fn, args, this.platform.writeFile);
    this.executor ??= Executor.acquire(this.platform, device, { wasmPaths });
    const compiled = { program: new Program(graph, this.executor, { threads, prepacking, memoryArena }), results };
    this.compiled.set(args.key, compiled);
    return compiled;
  }

  /** Each graph costs a compilation: a function that needs new ones all the time is slower than without compiling, and hard to notice. */
  private refuseToMakeMany(key: string, maximumGraphs: number): void {
    const withoutNumbers = (text: string) => text.replace(/number:[^,}\]]+/g, 'number');
    const keys = [...this.compiled.keys()];
    const latest = key.length > 300 ? `${key.slice(0, 300)}…` : key;
    if (keys.filter((other) => withoutNumbers(other) === withoutNumbers(key)).length >= MAXIMUM_NUMBERS) {
      throw new CompileError(
        `A compiled function was called with more than ${MAXIMUM_NUMBERS} different numbers for the same shapes, each of which is ` +
          `compiled into a graph of its own. Pass numbers that change as tensors. The latest arguments: ${latest}`,
      );
    }
    if (keys.length >= maximumGraphs) {
      throw new CompileError(
        `A compiled function was called with more than ${maximumGraphs} different shapes. ` +
          `Bring the inputs to few sizes, or set maximumGraphs. The latest arguments: ${latest}`,
      );
    }
  }
}

async function readInput(leaf: TensorLike, name: string): Promise<TensorValues> {
  if (leaf instanceof tf.Tensor) return (await leaf.data()) as TensorValues;
  return tensorData(leaf, name).data;
}

function makeTensor(data: TensorValues, like: TensorLike): tf.Tensor {
  const { shape, dtype } = typeOf(like);
  elementType(dtype);
  return tf.engine().makeTensor(data, [...shape], dtype, tracingBackend);
}
