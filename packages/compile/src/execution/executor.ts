import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import type { StoredValues, TensorValues, TypedArray } from '../graph/value.js';
import type { LoweredModel } from '../lowering/lowered-model.js';
import { encodeModel } from '../onnx/encode-model.js';
import { replaceData } from '../tracing/trace-function.js';
import { elementType, tracingBackend } from '../tracing/tracing-backend.js';
import { collectWeights } from './collect-weights.js';
import type { Platform, WorkerConnection, WorkerOptions } from './platform.js';
import type { Provider, Request, Response, SessionDescription, SlotReference, TransferredTensor } from './protocol.js';

/** A variable whose values the worker has. */
interface VariableSlot {
  readonly slot: number;
  /** The identity of those values; a variable that was given others has another. */
  dataId: object;
  /** How a tensor of that identity gets at them. */
  stored?: StoredValues;
  /** Number of programs that use it. */
  users: number;
}

/**
 * The program's side of a worker. All compiled functions of a device share one, so that the values of a variable, which a training step
 * writes and a prediction reads, stay there: they come back only when somebody looks at them.
 */
export class Executor {
  private readonly connection: WorkerConnection;
  private readonly pending = new Map<number, { resolve(values: TensorValues[]): void; reject(error: Error): void }>();
  private readonly variables = new Map<tf.Variable, VariableSlot>();
  /** Of requests, sessions and slots. */
  private idCount = 0;
  private users = 0;
  private queue: Promise<unknown> = Promise.resolve();
  private failure: CompileError | undefined;

  private constructor(
    readonly platform: Platform,
    readonly provider: Provider,
    private readonly options: WorkerOptions,
  ) {
    this.connection = platform.startWorker(options);
    this.connection.onMessage((response) => this.answer(response));
    this.connection.onFailure((error) => this.fail(error));
  }

  private static readonly open = new Set<Executor>();

  /** The executor of a device; each call needs a `release`. One that was started with other paths is another. */
  static acquire(platform: Platform, provider: Provider, options: WorkerOptions): Executor {
    const { wasmPaths } = options;
    let executor = [...Executor.open].find(
      (other) => other.provider === provider && (wasmPaths ?? other.options.wasmPaths) === other.options.wasmPaths,
    );
    if (!executor) {
      const reason = platform.unavailableReason(provider);
      if (reason) throw new CompileError(reason);
      executor = new Executor(platform, provider, options);
      Executor.open.add(executor);
    }
    executor.users += 1;
    return executor;
  }

  async release(): Promise<void> {
    this.users -= 1;
    if (this.users > 0) return;
    Executor.open.delete(this);
    await this.connection.terminate();
  }

  /** Runs one task after the other: a step has to find the variables as the step before left them. */
  runExclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.queue.then(task);
    this.queue = result.catch(() => {});
    return result;
  }

  /**
   * Opens a session of a model, which goes through a file where weights of it are in one.
   *
   * @param belongsInFile Which large weights go there. @default all
   */
  async createSession(
    model: LoweredModel,
    description: Omit<SessionDescription, 'model'>,
    belongsInFile?: (data: TypedArray) => boolean,
  ): Promise<number> {
    const { weights: file } = this.platform;
    const weights = await collectWeights(model, file, belongsInFile);
    const bytes = encodeModel(model, weights);
    const path = file && weights.locations?.size ? file.writeModel(bytes) : undefined;
    const session = this.idCount++;
    try {
      const call = 'createSession';
      await this.request({ call, session, description: { ...description, model: path ?? bytes } });
    } finally {
      if (path !== undefined) file!.removeModel(path);
    }
    return session;
  }

  async releaseSession(session: number): Promise<void> {
    await this.request({ call: 'releaseSession', session });
  }

  run(session: number, feeds: Record<string, TransferredTensor | SlotReference>): Promise<TensorValues[]> {
    return this.request({ call: 'run', session, feeds });
  }

  /** Runs a graph without inputs, once, while the thread waits. */
  runOnceSync(description: SessionDescription): TensorValues[] {
    const session = this.idCount++;
    this.waitFor({ call: 'createSession', session, description });
    try {
      return this.waitFor({ call: 'run', session, feeds: {} });
    } finally {
      this.waitFor({ call: 'releaseSession', session });
    }
  }

  get isOpen(): boolean {
    return this.failure === undefined;
  }

  /** Reserves a place for a variable's values. */
  register(variable: tf.Variable): number {
    let entry = this.variables.get(variable);
    if (!entry) {
      entry = { slot: this.idCount++, dataId: {}, users: 0 };
      this.variables.set(variable, entry);
    }
    entry.users += 1;
    return entry.slot;
  }

  /** Gives a variable its values back if no program uses it any more. */
  async unregister(variable: tf.Variable): Promise<void> {
    const entry = this.variables.get(variable)!;
    entry.users -= 1;
    if (entry.users > 0) return;
    await this.returnValues(entry);
    this.variables.delete(variable);
    await this.request({ call: 'releaseSlot', slot: entry.slot });
  }

  /** Sends a variable's values to the worker if they changed since it saw them. */
  async upload(variable: tf.Variable): Promise<void> {
    if (variable.isDisposed) {
      throw new CompileError(`The compiled function uses the variable "${variable.name}", which was disposed.`);
    }
    const entry = this.variables.get(variable)!;
    const { dataId, shape, dtype } = variable;
    if (entry.dataId === dataId) return;
    await this.returnValues(entry);
    const data = (await variable.data()) as TensorValues;
    await this.request({ call: 'setSlot', slot: entry.slot, tensor: { dtype: elementType(dtype), shape, data } });
    entry.dataId = dataId;
    entry.stored = this.storedIn(entry.slot);
    // One copy is enough, unless it could not be had back by dataSync().
    if (entry.stored.readSync) tracingBackend.storeElsewhere(dataId, entry.stored);
  }

  /** Before a variable's values are written over: whoever else holds them gets a copy. */
  async preserveShared(variable: tf.Variable): Promise<void> {
    const entry = this.variables.get(variable)!;
    if (tracingBackend.isShared(entry.dataId)) await this.returnValues(entry);
  }

  /** Gives values that are read from a slot back to the tensor that they are of, if there still is one. */
  private async returnValues({ slot, dataId, stored }: VariableSlot): Promise<void> {
    if (stored && tracingBackend.isStored(dataId, stored)) {
      tracingBackend.keepValues(dataId, await this.readSlot(slot));
    }
  }

  /** Tells a variable that the worker has new values for it. */
  adopt(variable: tf.Variable): void {
    const entry = this.variables.get(variable)!;
    const { shape, dtype } = variable;
    const stored = this.storedIn(entry.slot);
    const dataId = tracingBackend.stored(stored, shape, dtype);
    const tensor = tf.keep(tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, tracingBackend));
    if (variable.isDisposed) tensor.dispose();
    else replaceData(variable, tensor);
    entry.dataId = dataId;
    entry.stored = stored;
  }

  private storedIn(slot: number): StoredValues {
    const readSync = this.connection.postAndWait && (() => this.waitFor({ call: 'readSlot', slot })[0]!);
    return { read: () => this.readSlot(slot), readSync };
  }

  private async readSlot(slot: number): Promise<TensorValues> {
    return (await this.request({ call: 'readSlot', slot }))[0]!;
  }

  private waitFor(request: Request): TensorValues[] {
    if (this.failure) throw this.failure;
    let response: Response;
    try {
      response = this.connection.postAndWait!(request);
    } catch (error) {
      throw this.fail(error as Error);
    }
    if ('error' in response) throw new CompileError(response.error);
    return response.values ?? [];
  }

  private request(request: Request): Promise<TensorValues[]> {
    if (this.failure) return Promise.reject(this.failure);
    const id = this.idCount++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.connection.setBusy(true);
      this.connection.post({ ...request, id });
    });
  }

  private answer(response: Response): void {
    const request = this.pending.get(response.id);
    this.pending.delete(response.id);
    if (this.pending.size === 0) this.connection.setBusy(false);
    if ('error' in response) request?.reject(new CompileError(response.error));
    else request?.resolve(response.values ?? []);
  }

  private fail(error: Error): CompileError {
    this.failure ??= new CompileError(
      `The worker that runs compiled functions has ended: ${error.message}. The values of variables that were in it are lost.`,
    );
    Executor.open.delete(this);
    for (const { reject } of this.pending.values()) reject(this.failure);
    this.pending.clear();
    return this.failure;
  }
}
