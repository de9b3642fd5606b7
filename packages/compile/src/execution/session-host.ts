import type { InferenceSession, Tensor } from 'onnxruntime-common';
import { type ElementType, type TensorValues, typedArray, Value } from '../graph/value.js';
import type { LoweredModel } from '../lowering/lowered-model.js';
import { encodeModel } from '../onnx/encode-model.js';
import type { Request, SessionDescription, SlotReference, TransferredTensor } from './protocol.js';
import { unshared } from './shared-inputs.js';

/** What is used of onnxruntime-node and onnxruntime-web alike. */
export interface Runtime {
  readonly InferenceSession: {
    create(path: string, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
    create(bytes: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (dtype: string, data: TensorValues, shape: readonly number[]) => Tensor;
}

/** How the two differ. */
export interface RuntimeTraits {
  /** Name of the provider that runs on the CPU. */
  readonly cpuProvider: 'cpu' | 'wasm';
  /** Whether a run writes its results into tensors that it is given for them. */
  readonly fillsTensors: boolean;
  /** Frees memory at once: where a run fills tensors, it returns copies of them, which would lie about until they are collected. */
  discard?(buffers: readonly ArrayBufferLike[]): void;
}

interface OpenSession {
  readonly session: InferenceSession;
  readonly description: SessionDescription;
}

/** The values of a variable, and the buffer that its next values are written into. */
interface Slot {
  current: Tensor;
  spare?: Tensor;
  /** The session whose result lies here, on a GPU: the memory is gone when the session is. */
  owner?: OpenSession | undefined;
}

/** The worker's side: keeps sessions and the values of variables, and runs what it is asked to. Requests must not overlap. */
export class SessionHost {
  private readonly sessions = new Map<number, OpenSession>();
  private readonly slots = new Map<number, Slot>();
  /** What copies values from a GPU and to it, by direction, type and shape. */
  private readonly copiers = new Map<string, InferenceSession>();

  constructor(
    private readonly runtime: Runtime,
    private readonly traits: RuntimeTraits,
  ) {}

  async handle(request: Request): Promise<TensorValues[] | undefined> {
    switch (request.call) {
      case 'createSession':
        this.sessions.set(request.session, await this.createSession(request.description));
        return undefined;
      case 'releaseSession':
        await this.releaseSession(request.session);
        return undefined;
      case 'setSlot':
        this.slots.get(request.slot)?.current.dispose();
        this.slots.set(request.slot, { current: this.tensor(request.tensor) });
        return undefined;
      case 'readSlot':
        return [await this.read(this.slots.get(request.slot)!.current)];
      case 'releaseSlot':
        this.slots.get(request.slot)?.current.dispose();
        this.slots.delete(request.slot);
        if (this.slots.size === 0) await this.releaseCopiers();
        return undefined;
      case 'run':
        return this.run(this.sessions.get(request.session)!, request.feeds);
    }
  }

  private async createSession(description: SessionDescription): Promise<OpenSession> {
    const { model, updates } = description;
    const options = sessionOptions(description, this.traits.cpuProvider);
    if (description.provider === 'webgpu' && updates.length > 0) {
      options.preferredOutputLocation = Object.fromEntries(
        updates.map(({ output }) => [output, 'gpu-buffer' as const]),
      );
    }
    const session =
      typeof model === 'string'
        ? await this.runtime.InferenceSession.create(model, options)
        : await this.runtime.InferenceSession.create(model, options);
    return { session, description };
  }

  private async releaseSession(id: number): Promise<void> {
    const owner = this.sessions.get(id);
    if (!owner) return;
    for (const slot of this.slots.values()) {
      if (slot.owner === owner) await this.leaveDevice(slot);
    }
    this.sessions.delete(id);
    await owner.session.release();
  }

  /** Puts the values of a variable where they are used, so that not every run has to. */
  private async enterDevice(slot: Slot): Promise<void> {
    if (slot.current.location !== 'cpu') return;
    const copy = await this.copy(slot.current, 'gpu-buffer');
    slot.current.dispose();
    slot.current = copy;
  }

  private async leaveDevice(slot: Slot): Promise<void> {
    const { type, dims } = slot.current;
    const values = await this.read(slot.current);
    slot.current.dispose();
    slot.current = new this.runtime.Tensor(type, values, dims);
    slot.owner = undefined;
  }

  private async run(
    owner: OpenSession,
    feeds: Record<string, TransferredTensor | SlotReference>,
  ): Promise<TensorValues[]> {
    const { session, description } = owner;
    const { provider, results, updates } = description;
    const tensors: Record<string, Tensor> = {};
    for (const [name, feed] of Object.entries(feeds)) {
      if ('slot' in feed && provider === 'webgpu') await this.enterDevice(this.slots.get(feed.slot)!);
      tensors[name] = 'slot' in feed ? this.slots.get(feed.slot)!.current : this.tensor(feed);
    }
    // A GPU makes its own tensors for results that stay there.
    const fillsTensors = this.traits.fillsTensors && provider !== 'webgpu';
    const fetches: Record<string, Tensor | null> = {};
    for (const name of results) fetches[name] = null;
    for (const { output, slot, inPlace } of updates) {
      fetches[output] = fillsTensors ? this.target(this.slots.get(slot)!, inPlace) : null;
    }
    const outputs = await session.run(tensors, fetches);
    for (const { output, slot, inPlace } of updates) {
      const next = fetches[output] ?? (outputs[output]! as Tensor);
      if (!inPlace || !fillsTensors) this.advance(this.slots.get(slot)!, next, owner);
    }
    if (fillsTensors)
      this.traits.discard?.(updates.map(({ output }) => (outputs[output]!.data as TensorValues).buffer));
    return results.map((name) => (outputs[name] as Tensor).data as TensorValues);
  }

  /** Where a run writes new values: over the old ones where the graph allows it, else beside them, so that nobody reads half of each. */
  private target(slot: Slot, inPlace: boolean): Tensor {
    if (inPlace) return slot.current;
    const { type, dims, data } = slot.current;
    const empty = data.constructor as new (length: number) => TensorValues;
    slot.spare ??= new this.runtime.Tensor(type, new empty(data.length), dims);
    return slot.spare;
  }

  private advance(slot: Slot, next: Tensor, owner: OpenSession): void {
    const previous = slot.current;
    slot.current = next;
    slot.owner = next.location === 'cpu' ? undefined : owner;
    // What the runtime will not fill again is of no use.
    if (this.traits.fillsTensors && previous.location === 'cpu' && next.location === 'cpu') slot.spare = previous;
    else previous.dispose();
  }

  /** The values of a tensor. */
  private async read(tensor: Tensor): Promise<TensorValues> {
    if (tensor.location === 'cpu') return (tensor.data as TensorValues).slice();
    return (await this.copy(tensor, 'cpu')).data as TensorValues;
  }

  /** Copies by a session with one node: in Node, to read a tensor on a GPU directly ends the process. */
  private async copy(tensor: Tensor, to: 'cpu' | 'gpu-buffer'): Promise<Tensor> {
    const key = `${to} ${tensor.type}[${tensor.dims}]`;
    let copier = this.copiers.get(key);
    if (!copier) {
      copier = await this.runtime.InferenceSession.create(copyModel(tensor.type as ElementType, tensor.dims), {
        executionProviders: ['webgpu'],
        preferredOutputLocation: to,
      });
      this.copiers.set(key, copier);
    }
    return (await copier.run({ original: tensor })).copy as Tensor;
  }

  private async releaseCopiers(): Promise<void> {
    const copiers = [...this.copiers.values()];
    this.copiers.clear();
    for (const copier of copiers) await copier.release();
  }

  private tensor({ dtype, data, shape }: TransferredTensor): Tensor {
    return new this.runtime.Tensor(dtype, unshared(data), shape);
  }
}

function sessionOptions(
  { provider, threads, prepacking, memoryArena }: SessionDescription,
  cpuProvider: RuntimeTraits['cpuProvider'],
): InferenceSession.SessionOptions {
  const extra = {
    // Repacked copies of weights would make matrix products a few percent faster and take as much memory as the weights.
    ...(!prepacking && { session: { disable_prepacking: '1' } }),
    // ONNX Runtime's own sum with layer normalization is several times slower on the CPU than one after the other (1.30).
    ...(provider === 'cpu' && { optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' } }),
  };
  return {
    executionProviders: provider === 'cpu' ? [cpuProvider] : [provider, cpuProvider],
    graphOptimizationLevel: 'all',
    // Keeping the peak of the largest run allocated would cost most of a training step's memory again.
    enableMemPattern: false,
    enableCpuMemArena: memoryArena,
    intraOpNumThreads: threads,
    extra,
    logSeverityLevel: 3,
  };
}

/** The sum with zero is a computation, so that the result is not stored where the input is. */
function copyModel(dtype: ElementType, shape: readonly number[]): Uint8Array {
  const data = typedArray(dtype, [0]);
  const zero = new Value([], dtype, { kind: 'constant', data });
  const model: LoweredModel = {
    nodes: [{ operator: 'Add', domain: '', inputs: ['original', 'zero'], outputs: ['copy'], attributes: {} }],
    inputs: [{ name: 'original', shape, dtype }],
    outputs: [{ name: 'copy', shape, dtype }],
    weights: [zero],
    names: new Map([[zero, 'zero']]),
  };
  return encodeModel(model, { weights: new Map([[zero, data]]) });
}
