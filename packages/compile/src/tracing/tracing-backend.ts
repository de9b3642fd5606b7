import * as tf from '@tensorflow/tfjs-core';
import { CompileError, userLine } from '../errors.js';
import { evaluateConstant } from '../graph/evaluate-constant.js';
import type { Operations, Traced } from '../graph/operations.js';
import {
  type Capture,
  type ElementType,
  elementCount,
  type StoredValues,
  sameShape,
  type TensorValues,
  typedArray,
  Value,
} from '../graph/value.js';
import { Trace } from './trace.js';

/**
 * The name under which TensorFlow.js knows the backend; a second copy of this package in the process has another, and they do not disturb
 * each other.
 */
export const BACKEND_NAME = freeName('onnxruntime');

function freeName(name: string): string {
  return tf.findBackendFactory(name) ? freeName(`${name}-again`) : name;
}

/** Computes values that depend on nothing but constants. */
export interface Evaluator {
  evaluate(values: readonly Value[]): Promise<TensorValues[]>;
  /** The same at once, while the thread waits; missing where that can't be done. */
  evaluateSync?(values: readonly Value[]): TensorValues[];
}

type Content =
  /** An array of this process, and what it is in lazy computations. */
  | { kind: 'values'; values: tf.BackendValues; value?: Value }
  /** What a trace knows of a tensor, and whether it was among some that could not be computed together: then it is computed by itself. */
  | { kind: 'traced'; traced: Traced; trace: Trace; isSuspect?: boolean }
  /** In a worker or a file. */
  | { kind: 'stored'; stored: StoredValues };

interface TensorRecord {
  content: Content;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
  references: number;
}

/** Smaller tensors stay in memory. */
const OFFLOADED_BYTES = 2 ** 16;

/** So many nodes may wait until their results are read. */
const MAX_PENDING_NODES = 4000;

/**
 * A TensorFlow.js backend whose kernels compute nothing, but record what would be computed (see `kernels`). While a function is traced,
 * that becomes its graph. At other times it is computed when somebody reads a result (`Evaluator`): slow, but all of TensorFlow.js works
 * without another backend.
 *
 * It also holds the results of compiled functions, and the variables whose values are stored where those run. Another backend that is given such a
 * tensor fetches the values, as TensorFlow.js' backends do of each other.
 */
class TracingBackend extends tf.KernelBackend {
  /** The function that is being traced. */
  trace: Trace | undefined;
  evaluator: Evaluator | undefined;
  /** Stores values that nobody will change, and returns how they are read from then on. */
  storeWeight: ((identity: object, values: TensorValues, dtype: ElementType) => StoredValues) | undefined;
  private readonly lazy = new Trace({ isLazy: true });
  private readonly records = new Map<object, TensorRecord>();
  private evaluatedNodes = 0;

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    const { trace } = this;
    if (!trace) return this.store({ kind: 'values', values }, shape, dtype);
    const traced = isDrawn() ? drawn(trace, values, shape, dtype) : constant(trace, values, shape, dtype);
    return this.store({ kind: 'traced', traced, trace }, shape, dtype);
  }

  override move(
    dataId: tf.DataId,
    values: tf.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void {
    this.records.set(dataId, { content: { kind: 'values', values }, shape, dtype, references: refCount });
  }

  override readSync(dataId: tf.DataId): tf.BackendValues {
    const record = this.record(dataId);
    const { content } = record;
    if (content.kind === 'values') return content.values;
    if (content.kind === 'stored') {
      if (content.stored.readSync) return content.stored.readSync();
      throw new CompileError(
        'These values are in a worker, for which a browser cannot wait: await data() instead of dataSync().',
      );
    }
    if (this.materialize(dataId)) return this.readSync(dataId);
    const known = content.trace === this.trace ? evaluateConstant(content.traced) : undefined;
    if (known) return known;
    if (!content.trace.isLazy) throw this.refuseToRead(content, 'dataSync() reads');
    this.evaluateNow(record);
    return this.readSync(dataId);
  }

  override async read(dataId: tf.DataId): Promise<tf.BackendValues> {
    return this.readRecord(this.record(dataId));
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    const record = this.records.get(dataId);
    if (!record) return true;
    record.references -= 1;
    if (!force && record.references > 0) return false;
    this.records.delete(dataId);
    return true;
  }

  /** While tracing, TensorFlow.js counts the references to other backends' tensors here: it asks the backend in use, not the owner. */
  override incRef(dataId: tf.DataId): void {
    const record = this.records.get(dataId);
    const owner = tf.engine().state.tensorInfo.get(dataId)?.backend;
    if (record) record.references += 1;
    else if (owner !== this) owner?.incRef(dataId);
  }

  override refCount(dataId: tf.DataId): number {
    return this.records.get(dataId)?.references ?? 0;
  }

  override numDataIds(): number {
    return this.records.size;
  }

  override memory() {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {
    this.records.clear();
  }

  /** What kernels record with. */
  get operations(): Operations {
    return this.running.operations;
  }

  /** What a kernel's input is to the running trace. */
  traced(tensor: tf.TensorInfo): Traced {
    const trace = this.running;
    const content = this.records.get(tensor.dataId)?.content;
    if (content?.kind === 'traced' && content.trace === trace)
      return { value: content.traced.value, shape: tensor.shape };
    if (content?.kind === 'traced' && !content.trace.isLazy) {
      throw new CompileError(
        `A tensor that was made while another function was traced is used ${userLine(new Error().stack)}. ` +
          'A traced function may only keep tensors by returning them or by assigning them to a variable.',
      );
    }
    return { value: trace.isLazy ? this.lazyValueOf(tensor) : this.captured(trace, tensor), shape: tensor.shape };
  }

  /** The same with every element in its place. */
  dense(tensor: tf.TensorInfo): Value {
    return this.operations.dense(this.traced(tensor));
  }

  /** A tensor that a kernel or an input of the trace makes. */
  output(traced: Traced): tf.TensorInfo {
    const trace = this.running;
    const shape = [...traced.shape];
    const dtype = traced.value.dtype as tf.DataType;
    if (trace.isLazy && this.waitingNodes > MAX_PENDING_NODES && this.evaluator?.evaluateSync) this.evaluateNow();
    return { dataId: this.store({ kind: 'traced', traced, trace }, shape, dtype), shape, dtype };
  }

  /** A tensor whose values are fetched when asked for. Its one reference is the caller's. */
  stored(stored: StoredValues, shape: readonly number[], dtype: tf.DataType): tf.DataId {
    return this.store({ kind: 'stored', stored }, shape, dtype);
  }

  /** Whether somebody besides the owner could read this data: a clone, or another variable. */
  isShared(dataId: tf.DataId): boolean {
    return (this.records.get(dataId)?.references ?? 0) > 1;
  }

  /** Whether a tensor's values are to be fetched from this place. */
  isStored(dataId: tf.DataId, stored: StoredValues): boolean {
    const content = this.records.get(dataId)?.content;
    return content?.kind === 'stored' && content.stored === stored;
  }

  /** Lets go of values that lie somewhere else too. */
  storeElsewhere(dataId: tf.DataId, stored: StoredValues): void {
    const record = this.records.get(dataId);
    if (record?.content.kind === 'values') record.content = { kind: 'stored', stored };
  }

  /** Replaces what is to be fetched by values. */
  keepValues(dataId: tf.DataId, values: TensorValues): void {
    const record = this.records.get(dataId);
    if (record) record.content = { kind: 'values', values };
  }

  /**
   * Frees the memory of a tensor that will not change, such as a frozen weight: its values are stored where compiled functions read them,
   * and read from there on demand. `@llm-mde/nn` calls this on any backend that has it.
   */
  offload(dataId: tf.DataId): void {
    const record = this.records.get(dataId);
    if (!this.storeWeight || !record || !materializeRecord(record) || record.content.kind !== 'values') return;
    const values = record.content.values as TensorValues;
    if (!ArrayBuffer.isView(values) || values.byteLength < OFFLOADED_BYTES) return;
    try {
      record.content = { kind: 'stored', stored: this.storeWeight(dataId, values, elementType(record.dtype)) };
    } catch {
      // A full disk, most likely: who compiles with it will be told.
    }
  }

  /** Turns what a trace knows of a tensor into values, if it is a constant; whether it has values then. */
  materialize(dataId: tf.DataId): boolean {
    const record = this.records.get(dataId);
    return record === undefined || materializeRecord(record);
  }

  /** Ends the trace of a function. Constants that the function keeps, such as parameters that it made, become tensors with values. */
  finish(trace: Trace): void {
    this.trace = undefined;
    for (const [dataId, { content }] of this.records) {
      if (content.kind === 'traced' && content.trace === trace) this.materialize(dataId);
    }
  }

  private get running(): Trace {
    return this.trace ?? this.lazy;
  }

  private get waitingNodes(): number {
    return this.lazy.operations.builder.nodeCount - this.evaluatedNodes;
  }

  /** A tensor from outside, in the trace of a function. */
  private captured(trace: Trace, tensor: tf.TensorInfo): Value {
    const identity = tensor instanceof tf.Variable ? tensor : tensor.dataId;
    const known = trace.captures.get(identity);
    if (known) return known;
    const value = this.capture(trace, tensor);
    trace.captures.set(identity, value);
    return value;
  }

  private capture(trace: Trace, tensor: tf.TensorInfo): Value {
    const { dataId, shape, dtype } = tensor;
    const type = elementType(dtype);
    if (tensor instanceof tf.Variable) {
      if (!trace.constants) return new Value(shape, type, { kind: 'variable', variable: tensor });
      const known = trace.constants.get(tensor) ?? this.captureNow(tensor);
      trace.constants.set(tensor, known);
      return new Value(shape, type, { kind: 'capture', capture: known });
    }
    const record = this.records.get(dataId);
    // Small constants may be folded, and shapes are computed with.
    const small = elementCount(shape) <= 256;
    if (small && record?.content.kind === 'values') return constant(trace, record.content.values, shape, dtype).value;
    if (small && !record && (dtype !== 'float32' || elementCount(shape) === 1)) {
      const values = readElsewhere(dataId);
      if (values) return constant(trace, values, shape, dtype).value;
    }
    return new Value(shape, type, {
      kind: 'capture',
      capture: record ? this.ownCapture(dataId, record) : captureElsewhere(dataId),
    });
  }

  /** What a variable holds now, whatever becomes of it. */
  private captureNow({ dataId }: tf.Variable): Capture {
    const record = this.records.get(dataId);
    if (!record) return captureElsewhere(dataId);
    return { dataId, ...reading(this.readRecord(record) as Promise<TensorValues>) };
  }

  private ownCapture(dataId: tf.DataId, record: TensorRecord): Capture {
    return {
      dataId,
      location: record.content.kind === 'stored' ? record.content.stored.location : undefined,
      read: () => this.readRecord(record) as Promise<TensorValues>,
      release: (stored) => {
        record.content = { kind: 'stored', stored };
      },
    };
  }

  /** A tensor in a lazy computation: what it is now, whatever becomes of it. */
  private lazyValueOf({ dataId, shape, dtype }: tf.TensorInfo): Value {
    if (!this.records.has(dataId) && !this.fetched(dataId)) {
      return new Value(shape, elementType(dtype), { kind: 'capture', capture: captureElsewhere(dataId) });
    }
    const record = this.record(dataId);
    if (record.content.kind === 'stored') {
      const { stored } = record.content;
      if (stored.location || !stored.readSync) {
        const capture = { dataId, ...(stored.location ? stored : reading(stored.read())) };
        return new Value(shape, elementType(dtype), { kind: 'capture', capture });
      }
      record.content = { kind: 'values', values: stored.readSync() };
    }
    const content = record.content as Content & { kind: 'values' };
    content.value ??= constant(this.lazy, content.values, record.shape, dtype).value;
    const { value } = content;
    if (value.splat !== undefined || sameShape(value.shape, shape)) return value;
    return this.lazy.operations.reshape({ value, shape: value.shape }, shape).value;
  }

  /** Takes a tensor over from another backend, unless that one can only be awaited, as WebGPU. */
  private fetched(dataId: tf.DataId): boolean {
    try {
      tf.engine().moveData(this, dataId);
      return true;
    } catch {
      return false;
    }
  }

  private async readRecord(record: TensorRecord): Promise<tf.BackendValues> {
    const { content, shape } = record;
    if (content.kind === 'values') return content.values;
    if (content.kind === 'stored') return content.stored.read();
    const known = constantValues(content.traced, shape);
    if (known) return known;
    if (content.trace.isLazy) return this.evaluate(record);
    const error = this.refuseToRead(content, 'data() reads');
    if (content.trace !== this.trace) throw error;
    // The trace fails, whether or not the function looks at this promise.
    content.trace.failure ??= error;
    return new Promise(() => {});
  }

  /**
   * Computes all tensors that wait for it: one by one, each would compute again what they have in common. If that fails, the one that is
   * asked for is computed by itself, so that no other's failure is its own.
   */
  private evaluateNow(asked?: TensorRecord): void {
    const evaluate = this.evaluator?.evaluateSync?.bind(this.evaluator);
    if (!evaluate) throw new CompileError('A browser cannot wait for results: await data() instead of dataSync().');
    const waiting = this.waiting(asked);
    if (waiting.length === 0) return;
    try {
      adopt(waiting, evaluate(waiting.map(({ value }) => value)));
    } catch (error) {
      const alone = suspects(waiting, asked, error);
      if (alone) adopt([alone], evaluate([alone.value]));
    }
  }

  private async evaluate(record: TensorRecord): Promise<tf.BackendValues> {
    const { evaluator } = this;
    if (!evaluator) throw new CompileError('Nothing has been compiled yet that could compute this tensor.');
    const waiting = this.waiting(record);
    if (waiting.length > 0) {
      try {
        adopt(waiting, await evaluator.evaluate(waiting.map(({ value }) => value)));
      } catch (error) {
        const alone = suspects(waiting, record, error);
        if (alone) adopt([alone], await evaluator.evaluate([alone.value]));
      }
    }
    return (record.content as Content & { kind: 'values' }).values;
  }

  /** What can be computed together with the tensor that is asked for. */
  private waiting(asked?: TensorRecord): Waiting[] {
    this.evaluatedNodes = this.lazy.operations.builder.nodeCount;
    // One that was disposed meanwhile is still asked for.
    const records = new Set(asked ? [asked] : []);
    if (!asked || !isSuspect(asked))
      for (const record of this.records.values()) if (!isSuspect(record)) records.add(record);
    return [...records].flatMap((record) => {
      const { content } = record;
      if (content.kind !== 'traced' || content.trace !== this.lazy || materializeRecord(record)) return [];
      return [{ record, value: this.lazy.operations.dense(content.traced) }];
    });
  }

  private store(content: Content, shape: readonly number[], dtype: tf.DataType): tf.DataId {
    const dataId = {};
    this.records.set(dataId, { content, shape, dtype, references: 1 });
    return dataId;
  }

  private record(dataId: tf.DataId): TensorRecord {
    const record = this.records.get(dataId);
    if (!record) throw new CompileError('A tensor was read after it was disposed.');
    return record;
  }

  private refuseToRead(content: Content & { kind: 'traced' }, what: string): Error {
    const place = userLine(new Error().stack);
    if (content.trace !== this.trace) {
      return new CompileError(
        `${what} a tensor that exists only while a function is traced, ${place}: return it from that function.`,
      );
    }
    return new CompileError(
      `${what} a value while the function is traced, ${place}: there is no value yet. ` +
        'Keep the computation in tensors, or read the result after the compiled function has returned it.',
    );
  }
}

/** The backend of this process. */
export const tracingBackend = new TracingBackend();
// The lowest priority: TensorFlow.js takes it only where the program opens no other.
tf.registerBackend(BACKEND_NAME, () => tracingBackend, 0);

export function elementType(dtype: tf.DataType): ElementType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new CompileError(
    `Tensors of type ${dtype} can't be compiled, only float32, int32 and bool (${userLine(new Error().stack)}).`,
  );
}

function materializeRecord(record: TensorRecord): boolean {
  if (record.content.kind !== 'traced') return true;
  const values = constantValues(record.content.traced, record.shape);
  if (values) record.content = { kind: 'values', values };
  return values !== undefined;
}

interface Waiting {
  record: TensorRecord;
  value: Value;
}

function isSuspect({ content }: TensorRecord): boolean {
  return content.kind === 'traced' && content.isSuspect === true;
}

/** After a failure: the tensor that was asked for, to be tried alone, if it was not already. */
function suspects(waiting: readonly Waiting[], asked: TensorRecord | undefined, error: unknown): Waiting | undefined {
  for (const { record } of waiting) if (record.content.kind === 'traced') record.content.isSuspect = true;
  if (asked && waiting.length === 1) throw error;
  return waiting.find(({ record }) => record === asked);
}

function adopt(waiting: readonly Waiting[], results: readonly TensorValues[]): void {
  for (const [index, { record }] of waiting.entries()) {
    if (record.content.kind === 'traced') record.content = { kind: 'values', values: results[index]! };
  }
}

/** Random numbers are drawn by operations of these names, in JavaScript. */
const DRAWING = /^(rand|random\w+|truncatedNormal)__op$/;

function isDrawn(): boolean {
  return DRAWING.test(tf.engine().state.activeScope?.name ?? '');
}

function drawn(trace: Trace, values: tf.BackendValues, shape: readonly number[], dtype: tf.DataType): Traced {
  const type = elementType(dtype);
  const numbers = typedArray(type, values as ArrayLike<number>) as TensorValues;
  const known = trace.isDrawing ? undefined : constant(trace, values, shape, dtype);
  const value = known?.value ?? new Value(shape, type, { kind: 'input', name: `random_${trace.draws.length}` });
  trace.draws.push({ value, numbers });
  return known ?? { value, shape };
}

/** Values of another backend's tensor, if they can be had at once: those of one on a GPU can't everywhere. */
function readElsewhere(dataId: tf.DataId): tf.BackendValues | undefined {
  try {
    return tf.engine().readSync(dataId);
  } catch {
    return undefined;
  }
}

/** A tensor of another backend. It is read at once: nobody knows how long it lives. */
function captureElsewhere(dataId: tf.DataId): Capture {
  let stored = reading(tf.engine().read(dataId) as Promise<TensorValues>);
  return {
    dataId,
    read: () => stored.read(),
    release(elsewhere) {
      stored = elsewhere;
    },
  };
}

function reading(values: Promise<TensorValues>): StoredValues {
  values.catch(() => {}); // Whoever needs them sees the error.
  return { read: () => values };
}

function constant(trace: Trace, values: tf.BackendValues, shape: readonly number[], dtype: tf.DataType): Traced {
  const type = elementType(dtype);
  const data = typedArray(type, values as ArrayLike<number>) as Float32Array;
  const first = data[0];
  const isSplat = first !== undefined && data.every((value) => value === first);
  return isSplat ? trace.operations.filled(first, shape, type) : trace.operations.constant(data, shape, type);
}

function constantValues({ value }: Traced, shape: readonly number[]): TensorValues | undefined {
  if (value.source.kind !== 'constant') return undefined;
  const data = value.source.data as Float32Array;
  if (value.splat === undefined) return data.length === elementCount(shape) ? data : undefined;
  return new (data.constructor as typeof Float32Array)(elementCount(shape)).fill(value.splat);
}
