import * as tf from '@tensorflow/tfjs-core';
import { platform } from '#execution-platform';
import type { CompiledFunction, CompilerOptions } from './compiled-function.js';
import { CompileError } from './errors.js';
import { storedAt } from './execution/collect-weights.js';
import { Executor } from './execution/executor.js';
import { createEvaluator } from './execution/lazy-evaluator.js';
import { checkThreads } from './execution/platform.js';
import { Program } from './execution/program.js';
import type { Provider } from './execution/protocol.js';
import type { Graph } from './graph/graph.js';
import { elementCount, type TensorValues } from './graph/value.js';
import { functionOf, isModel, type ModelInputs, type ModelLike } from './model-function.js';
import { type Flattened, flatten, type TensorLike, tensorData, typeOf } from './structure.js';
import type { ConstantVariables } from './tracing/trace.js';
import { drawAgain, traceFunction } from './tracing/trace-function.js';
import { elementType, tracingBackend } from './tracing/tracing-backend.js';

export type CompileDevice = Provider;

export interface CompileOptions extends CompilerOptions {
  /**
   * - `cpu`: ONNX Runtime on the CPU; in browsers its WebAssembly build
   * - `webgpu`: any GPU, through WebGPU
   * - `cuda`: NVIDIA GPUs under Linux, where ONNX Runtime's CUDA libraries are installed
   * @default 'cpu'
   */
  device?: CompileDevice;
  /** Number of CPU threads. @default what `setThreads` says */
  threads?: number;
  /**
   * Let ONNX Runtime repack constant weights: a few percent faster on the CPU, for as much memory again as the weights take, in
   * each session.
   * @default false; true with `int8`, whose products are slow without
   */
  prepacking?: boolean;
  /**
   * On the CPU, keep the memory of a run for the next run of the same graph. Without, it is given back after every run, which takes
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

let threadCount: number | undefined;

/**
 * Sets the number of CPU threads of functions that are compiled from now on without another, and of what is not compiled.
 *
 * @param threads In Node the environment variable `LLM_MDE_THREADS`, unless empty, takes precedence.
 * @default one for each core that the process may use; in browsers one, unless the page is cross-origin isolated
 * @returns the number.
 * @throws {CompileError} if it is no integer from 1 to 1024.
 */
export function setThreads(threads?: number): number {
  threadCount = platform.threads(threads === undefined ? undefined : checkThreads(threads, 'threads'));
  return threadCount;
}

tracingBackend.evaluator = createEvaluator(platform, () => threadCount ?? setThreads());
const { weights } = platform;
tracingBackend.storeWeight =
  weights && ((identity, values, dtype) => storedAt(weights.write(identity, values), dtype, weights));

/**
 * Makes a function that computes the same as the given one on ONNX Runtime: it is traced on first use, gradients and updates of variables
 * included, into one graph for each combination of input shapes, which is kept.
 *
 * The function has to be synchronous and to compute with tensors alone. Numbers that it is given or closes over, random numbers that
 * JavaScript draws, and plain tensors that it closes over are frozen into the graph; variables are not, and what it assigns to them is
 * theirs after each call. Their values stay where the graph runs until they are read.
 *
 * @throws {CompileError} if an option is wrong; calls reject with one if the function can't be compiled or run.
 */
export function compile<Arguments extends unknown[], Result>(
  fn: (...args: Arguments) => Result,
  options?: CompileOptions,
): CompiledFunction<Arguments, Result>;
/**
 * Makes a function that computes what a model's `predict` does.
 *
 * @param model A `tf.LayersModel`, `tf.Sequential` or `tf.GraphModel`. The weights of the former are variables: what `fit` makes of them
 * shows in the next call.
 * @returns a function of the model's one input, of a list of its inputs, or of an object with its inputs by name; its results are as those
 * of `predict`.
 * @throws {CompileError} if the model has layers with a state; calls reject with one if it has operations that can't be compiled.
 */
export function compile<Model extends ModelLike>(
  model: Model,
  options?: CompileOptions,
): CompiledFunction<[inputs: ModelInputs], ReturnType<Model['predict']>>;
export function compile(
  program: ModelLike | ((...args: never[]) => unknown),
  options: CompileOptions = {},
): CompiledFunction<unknown[], unknown> {
  const fn = isModel(program) ? functionOf(program) : program;
  if (typeof fn !== 'function') throw new CompileError('compile takes a function or a model of TensorFlow.js.');
  const compiler = new FunctionCompiler(fn as (...args: never[]) => unknown, options);
  const compiled = (...args: unknown[]) => compiler.call(args);
  return Object.defineProperties(compiled as unknown as CompiledFunction<unknown[], unknown>, {
    isCompiled: { value: true },
    graphs: { get: () => compiler.graphs },
    dispose: { value: () => compiler.dispose(), writable: true },
  });
}

/** So many graphs may differ in nothing but numbers among the arguments. */
const MAXIMUM_NUMBERS = 8;
const DEVICES: readonly string[] = ['cpu', 'webgpu', 'cuda'];

interface CompiledGraph {
  readonly program: Program;
  readonly results: Flattened<TensorLike>;
  /** Random numbers of the first call: those drawn while tracing. */
  firstDraws: readonly TensorValues[] | undefined;
}

class FunctionCompiler {
  private readonly compiled = new Map<string, CompiledGraph>();
  /** What variables are in every graph, where they are constants. */
  private readonly constants: ConstantVariables | undefined;
  private executor: Executor | undefined;
  private disposed = false;

  constructor(
    private readonly fn: (...args: never[]) => unknown,
    private readonly options: CompileOptions,
  ) {
    const { device = 'cpu', threads, precision = 'float32', variables = 'read' } = options;
    if (variables !== 'read' && variables !== 'constant')
      throw new CompileError(`Unknown way to use variables "${variables}". Expected read or constant.`);
    this.constants = variables === 'constant' ? new Map() : undefined;
    if (!DEVICES.includes(device))
      throw new CompileError(`Unknown device "${device}". Expected one of ${DEVICES.join(', ')}.`);
    if (precision !== 'float32' && precision !== 'int8')
      throw new CompileError(`Unknown precision "${precision}". Expected float32 or int8.`);
    if (precision === 'int8' && device !== 'cpu')
      throw new CompileError(`The precision int8 is for the device cpu, and not for ${device}.`);
    if (threads !== undefined) checkThreads(threads, 'threads');
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
    const compiled = this.compiledFor(flat);
    const { program, results } = compiled;
    for (const numbers of this.drawFor(compiled, flat)) inputs.push(Promise.resolve(numbers));
    const values = await program.executor.runExclusive(() => program.run(inputs));
    return results.unflatten(values.map((data, index) => makeTensor(data, results.leaves[index]!)));
  }

  /** New random numbers, as the function itself would draw: it is run once more for them, without computing anything. */
  private drawFor(compiled: CompiledGraph, args: Flattened<TensorLike>): readonly TensorValues[] {
    const { graph } = compiled.program;
    const drawn = graph.inputs.slice(args.leaves.length);
    if (!drawn.some(({ value }) => graph.uses(value))) return drawn.map(() => new Float32Array());
    const numbers = compiled.firstDraws ?? drawAgain(this.fn, args);
    compiled.firstDraws = undefined;
    if (
      numbers.length !== drawn.length ||
      numbers.some(({ length }, index) => length !== elementCount(drawn[index]!.value.shape))
    ) {
      throw new CompileError(
        'The function draws other random numbers than when it was traced: it has to draw the same number of them in each call.',
      );
    }
    return numbers;
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    const { executor } = this;
    if (!executor) return;
    await executor.runExclusive(async () => {
      // With a worker that has ended, all of it is gone.
      for (const { program } of this.compiled.values()) {
        await program.dispose().catch((error) => {
          if (executor.isOpen) throw error;
        });
      }
      this.compiled.clear();
    });
    await executor.release();
  }

  private compiledFor(args: Flattened<TensorLike>): CompiledGraph {
    if (this.executor?.isOpen === false) {
      this.compiled.clear();
      void this.executor.release();
      this.executor = undefined;
    }
    const known = this.compiled.get(args.key);
    if (known) return known;
    const { maximumGraphs = 64, device = 'cpu', wasmPaths } = this.options;
    const { threads = threadCount ?? setThreads(), precision, isQuantized, memoryArena = true } = this.options;
    const { prepacking = precision === 'int8' } = this.options;
    this.checkGraphCount(args.key, maximumGraphs);
    const { graph, results, draws } = traceFunction(this.fn, args, { constants: this.constants, isDrawing: true });
    this.executor ??= Executor.acquire(platform, device, { wasmPaths, threads });
    const compiled = {
      program: new Program(graph, this.executor, { threads, precision, isQuantized, prepacking, memoryArena }),
      results,
      firstDraws: graph.inputs.length > args.leaves.length ? draws : undefined,
    };
    this.compiled.set(args.key, compiled);
    return compiled;
  }

  /** Each graph costs a compilation: a function that needs new ones all the time is slower than without compiling, and hard to notice. */
  private checkGraphCount(key: string, maximumGraphs: number): void {
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
  return tf.engine().makeTensor(data, [...shape], elementType(dtype as tf.DataType) as tf.DataType, tracingBackend);
}
