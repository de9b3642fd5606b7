import * as tf from '@tensorflow/tfjs-core';
import { CompileError, UnsupportedKernelError, userLine } from '../errors.js';
import { Graph, type NamedValue, type VariableUpdate } from '../graph/graph.js';
import { type TensorValues, Value } from '../graph/value.js';
import { type Flattened, flatten, isTensorLike, type TensorLike, typeOf } from '../structure.js';
import { type ConstantVariables, Trace, type TraceSettings } from './trace.js';
import { BACKEND_NAME, elementType, tracingBackend } from './tracing-backend.js';

export interface TracedFunction {
  readonly graph: Graph;
  /** The result's structure; its leaves are the graph's outputs. */
  readonly results: Flattened<TensorLike>;
  /** Random numbers for the inputs behind those of the function, where those are inputs. */
  readonly draws: readonly TensorValues[];
}

export interface TraceFunctionSettings {
  /** Makes variables constants, and remembers what they were. */
  constants?: ConstantVariables | undefined;
  /** Make the random numbers that TensorFlow.js draws inputs of the graph. @default false: they are constants */
  isDrawing?: boolean;
}

/**
 * Runs a function once with tensors that have no values, and returns what it would compute. Its variables end up as they were before.
 *
 * A variable that the function makes on its way, as optimizers do at their first step, keeps the value that it begins with; then the
 * function is traced once more, which finds that variable like any other.
 */
export function traceFunction(
  fn: (...args: never[]) => unknown,
  args: Flattened<TensorLike>,
  { constants, isDrawing = false }: TraceFunctionSettings = {},
): TracedFunction {
  const known = new Set(Object.keys(tf.engine().registeredVariables));
  // Not drawing: the first values of variables that are made here are constants.
  const first = traceOnce(fn, args, { constants });
  const made = Object.values(tf.engine().registeredVariables).filter(({ name }) => !known.has(name));
  if (made.length === 0 && (first.draws.length === 0 || !isDrawing)) return first;
  for (const variable of made) {
    if (!tracingBackend.materialize(variable.dataId)) {
      throw new CompileError(
        `The variable "${variable.name}" is made inside the traced function, with values that are computed there: ` +
          'make it outside, or begin with constants.',
      );
    }
  }
  return traceOnce(fn, args, { constants, isDrawing });
}

/** The random numbers that a traced function draws when it is run once more, in the same order. */
export function drawAgain(fn: (...args: never[]) => unknown, args: Flattened<TensorLike>): readonly TensorValues[] {
  return traceOnce(fn, args, { isDrawing: true }).draws;
}

function traceOnce(
  fn: (...args: never[]) => unknown,
  args: Flattened<TensorLike>,
  settings: TraceSettings,
): TracedFunction {
  const trace = new Trace(settings);
  return withTracingBackend(trace, () =>
    withRevertedVariables((updatedVariables) =>
      inScope(() => {
        const inputs = args.leaves.map((leaf, index) => makeInput(leaf, args.names[index]!));
        const given = args.unflatten(inputs.map(({ tensor }) => tensor)) as never[];
        const result = refuseUnsupported(() => fn(...given));
        refusePromise(result);
        if (trace.failure) throw trace.failure;
        const results = flatten(result, 'output');
        const outputs = results.leaves.map((leaf, index) => ({
          name: outputName(results.names[index]!, args.names),
          value: resultOf(leaf),
        }));
        const updates: VariableUpdate[] = [];
        for (const variable of updatedVariables()) {
          const value = tracingBackend.dense(variable);
          const isUnchanged = value.source.kind === 'variable' && value.source.variable === variable;
          if (isUnchanged) continue;
          if (trace.constants) {
            throw new CompileError(
              `The function assigns to the variable "${variable.name}", which is a constant here: compile it with variables: 'read'.`,
            );
          }
          updates.push({ variable, value });
        }
        const drawn = trace.isDrawing
          ? trace.draws.map(({ value }, index) => ({ name: freeName(`random_${index}`, args.names), value }))
          : [];
        const graph = new Graph([...inputs.map(({ named }) => named), ...drawn], outputs, updates);
        return { graph, results, draws: trace.draws.map(({ numbers }) => numbers) };
      }),
    ),
  );
}

function makeInput(leaf: TensorLike, name: string): { named: NamedValue; tensor: tf.Tensor } {
  const { shape, dtype } = typeOf(leaf);
  const value = new Value(shape, dtype === 'int64' ? dtype : elementType(dtype), { kind: 'input', name });
  const traced = { value, shape };
  const input = dtype === 'int64' ? tracingBackend.operations.cast(traced, 'int32') : traced;
  const tensor = tf.engine().makeTensorFromTensorInfo(tracingBackend.output(input), tracingBackend);
  return { named: { name, value }, tensor };
}

/** ONNX allows each name once. */
function outputName(name: string, inputNames: readonly string[]): string {
  return inputNames.includes(name) ? `output_${name}` : name;
}

function freeName(name: string, taken: readonly string[]): string {
  return taken.includes(name) ? freeName(`${name}_`, taken) : name;
}

function resultOf(leaf: TensorLike): Value {
  if (leaf instanceof tf.Tensor) return tracingBackend.dense(leaf);
  throw new CompileError(
    'A compiled function returns tensors, but this one returned an object of data and shape: make a tensor of it.',
  );
}

function refusePromise(result: unknown): void {
  const then = (result as { then?: unknown } | undefined)?.then;
  if (typeof then !== 'function' || isTensorLike(result)) return;
  (result as Promise<unknown>).then(undefined, () => {});
  if (tracingBackend.trace?.failure) throw tracingBackend.trace.failure;
  throw new CompileError(
    'A function that is compiled must not be async: it is run once, without values, to see what it computes. Await before and after it.',
  );
}

/** TensorFlow.js reports a kernel without translation by a message alone. */
function refuseUnsupported<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    const [, kernelName] = /^Kernel '(.+)' not registered for backend/.exec((error as Error)?.message ?? '') ?? [];
    if (kernelName === undefined) throw error;
    throw new UnsupportedKernelError(kernelName, userLine((error as Error).stack));
  }
}

/**
 * Makes the tracing backend TensorFlow.js' own for the time of a call. TensorFlow.js switches at once between backends that are
 * initialized.
 */
function withTracingBackend<T>(trace: Trace, run: () => T): T {
  if (tracingBackend.trace)
    throw new CompileError('A traced function must not compile or trace another one: call that one directly.');
  const engine = tf.engine();
  const outer: string | undefined = engine.backendName;
  tracingBackend.trace = trace;
  void engine.setBackend(BACKEND_NAME);
  try {
    return run();
  } finally {
    tracingBackend.finish(trace);
    if (outer) void engine.setBackend(outer);
    // No backend was chosen yet: leave the choice open.
    else Object.assign(engine, { backendName: undefined, backendInstance: null });
  }
}

/** Disposes what was made on the way. Not by tf.tidy, which keeps what is returned. */
function inScope<T>(run: () => T): T {
  let result: T | undefined;
  tf.tidy(() => {
    result = run();
  });
  return result as T;
}

/**
 * Lets a function assign to variables, and gives them back what they held. The caller learns in between which ones were assigned to. The
 * data that a variable held is kept from being disposed by one more reference to it.
 */
function withRevertedVariables<T>(run: (assigned: () => readonly tf.Variable[]) => T): T {
  const before = new Map<tf.Variable, tf.Tensor>();
  const prototype = tf.Variable.prototype;
  const { assign } = prototype;
  prototype.assign = function (this: tf.Variable, value: tf.Tensor) {
    if (!before.has(this)) before.set(this, sharedHandle(this));
    assign.call(this, value);
  };
  try {
    return run(() => [...before.keys()].filter((variable) => !variable.isDisposed));
  } finally {
    prototype.assign = assign;
    for (const [variable, handle] of before) {
      if (variable.isDisposed) handle.dispose();
      else replaceData(variable, handle);
    }
  }
}

function sharedHandle({ dataId, shape, dtype }: tf.Variable): tf.Tensor {
  const engine = tf.engine();
  const handle = engine.makeTensorFromTensorInfo({ dataId, shape, dtype }, tracingBackend);
  tracingBackend.incRef(dataId);
  return tf.keep(handle);
}

/**
 * Makes a variable hold the data of a tensor, whose reference to it becomes the variable's; the tensor must not be used any more.
 * `Variable.assign` would count the reference at the backend in use, which would fetch the data in order to do so.
 */
export function replaceData(variable: tf.Variable, tensor: tf.Tensor): void {
  tf.engine().disposeTensor(variable);
  variable.dataId = tensor.dataId;
}
