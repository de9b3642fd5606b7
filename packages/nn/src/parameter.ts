import * as tf from '@tensorflow/tfjs-core';
import { elementCount, type Initializer } from './initializers.js';
import { offload } from './offload.js';
import { nextSeed } from './random.js';

export interface ParameterOptions {
  /** What the values are before anything is loaded. They are made on first use, so a model that is loaded never pays for them. */
  initialize: Initializer;
  /**
   * The order of the axes in memory, as indices into `shape`. A Conv2d weight has the shape [out,in,kh,kw] in PyTorch and in every
   * state dict, and lies in memory as [kh,kw,in,out], which is `[2, 3, 1, 0]`.
   * @default the order of `shape`
   */
  memoryOrder?: readonly number[];
  /** @default 'float32' */
  dtype?: 'float32' | 'int32';
  /**
   * 'parameter' can be trained; 'buffer' is state that a forward pass writes, such as a running mean, and never gets a gradient.
   * @default 'parameter'
   */
  role?: 'parameter' | 'buffer';
}

/**
 * One named tensor of a module. While it is trainable its `value` is a `tf.Variable`; frozen, it is a plain tensor, for which
 * TensorFlow.js computes no gradient.
 */
export class Parameter {
  /** Shape as the state dict has it, that is, as PyTorch has it. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly role: 'parameter' | 'buffer';
  private readonly initialize: Initializer;
  private readonly memoryOrder: readonly number[] | undefined;
  private readonly seed: number;
  private tensor: tf.Tensor | undefined;
  private trainable: boolean;
  private disposed = false;

  constructor(shape: readonly number[], options: ParameterOptions) {
    this.shape = shape;
    this.dtype = options.dtype ?? 'float32';
    this.role = options.role ?? 'parameter';
    this.initialize = options.initialize;
    this.memoryOrder = options.memoryOrder;
    this.seed = nextSeed();
    this.trainable = this.role === 'parameter';
  }

  /** The tensor, in memory order. Do not dispose it; it belongs to the parameter. */
  get value(): tf.Tensor {
    if (this.disposed) throw new Error('This parameter was disposed with its module and can no longer be used.');
    this.tensor ??= this.hold(this.initialize(this.shape, this.seed));
    return this.tensor;
  }

  /** Whether gradients are computed for it. */
  get requiresGrad(): boolean {
    return this.trainable;
  }

  /** Number of elements. */
  get size(): number {
    return elementCount(this.shape);
  }

  /** The trainable parameter as what tfjs optimizers and `tf.variableGrads` take. */
  get variable(): tf.Variable {
    if (!this.trainable) throw new Error('A frozen parameter has no variable: unfreeze it first.');
    return this.value as tf.Variable;
  }

  /** Stops training this parameter. Its values stay, and are not copied. */
  freeze(): void {
    if (this.role === 'buffer') return;
    this.trainable = false;
    if (this.tensor instanceof tf.Variable) {
      const variable = this.tensor;
      this.tensor = tf.keep(variable.clone());
      variable.dispose();
      offload(this.tensor);
    }
  }

  /** Makes this parameter trainable again. */
  unfreeze(): void {
    if (this.role === 'buffer' || this.trainable) return;
    this.trainable = true;
    if (this.tensor) {
      const tensor = this.tensor;
      this.tensor = tf.variable(tensor, true);
      tensor.dispose();
    }
  }

  /**
   * Replaces the values.
   * @param data Row-major values in state-dict order (`shape`).
   */
  load(data: ArrayLike<number>): void {
    if (this.disposed) throw new Error('This parameter was disposed with its module and can no longer be loaded.');
    if (data.length !== this.size) {
      throw new Error(`A parameter of shape [${this.shape}] takes ${this.size} values, but ${data.length} were given.`);
    }
    if (this.tensor instanceof tf.Variable) {
      // The variable stays the same one, for optimizers and compiled functions that hold it.
      const variable = this.tensor;
      tf.tidy(() => variable.assign(this.inMemoryOrder(data)));
      return;
    }
    const tensor = this.hold(data);
    this.tensor?.dispose();
    this.tensor = tensor;
  }

  /** Values of another distribution, from the seed of this parameter; row-major. */
  initialValues(initialize: Initializer): Float32Array {
    return initialize(this.shape, this.seed);
  }

  /** Replaces the values by the initial ones, as before anything was loaded. */
  reinitialize(): void {
    this.load(this.initialize(this.shape, this.seed));
  }

  /** Replaces the values by those of a tensor in memory order. Inside a forward pass this is how a buffer is updated. */
  assign(tensor: tf.Tensor): void {
    const held = this.value;
    if (held instanceof tf.Variable) {
      held.assign(tensor);
    } else {
      this.tensor = tf.keep(tensor.clone());
      held.dispose();
    }
  }

  /** Runs a function while another tensor, in memory order, is this parameter's value. The function must not be asynchronous. */
  withValue<T>(tensor: tf.Tensor, run: () => T): T {
    const own = this.tensor;
    this.tensor = tensor;
    try {
      return run();
    } finally {
      this.tensor = own;
    }
  }

  /** Brings a tensor that lies as this parameter does in memory, such as its gradient, into state-dict order. */
  inStateOrder(tensor: tf.Tensor): tf.Tensor {
    return this.memoryOrder ? tf.transpose(tensor, inversePermutation(this.memoryOrder)) : tensor.clone();
  }

  /** The same the other way: row-major values in state-dict order as a tensor that lies as this parameter does in memory. */
  inMemoryOrder(data: ArrayLike<number>): tf.Tensor {
    return tf.tidy(() => {
      // A copy: a backend may keep the array it is given instead of copying it.
      const values = this.dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data);
      const stored = tf.tensor(values, [...this.shape], this.dtype);
      return this.memoryOrder ? tf.transpose(stored, [...this.memoryOrder]) : stored;
    });
  }

  /** The values, row-major, in state-dict order. */
  read(): Promise<Float32Array | Int32Array> {
    return this.readInStateOrder(this.value);
  }

  /** The values of a tensor that lies as this parameter does in memory, such as a moment of its gradients. */
  async readInStateOrder(tensor: tf.Tensor): Promise<Float32Array | Int32Array> {
    // Some backends answer with a view of their own memory, which the next step writes over.
    const data = (await tensor.data<'float32' | 'int32'>()).slice();
    if (!this.memoryOrder) return data;
    // Of a copy: values that a compiled function keeps in a worker can only be awaited, not computed with outside it.
    const ordered = tf.tidy(() => this.inStateOrder(tf.tensor(data, tensor.shape, this.dtype)));
    const stateData = (await ordered.data<'float32' | 'int32'>()).slice();
    ordered.dispose();
    return stateData;
  }

  dispose(): void {
    this.tensor?.dispose();
    this.tensor = undefined;
    this.disposed = true;
  }

  private hold(data: ArrayLike<number>): tf.Tensor {
    const canChange = this.role === 'buffer' || this.trainable;
    try {
      const held = tf.tidy(() => {
        const tensor = this.inMemoryOrder(data);
        return canChange ? tf.variable(tensor, this.trainable) : tf.keep(tensor);
      });
      if (!canChange) offload(held);
      return held;
    } catch (error) {
      throw withCure(error as Error);
    }
  }
}

/** What TensorFlow.js says where nothing can compute, as a sentence that says what to do. */
function withCure(error: Error): Error {
  if (!error.message.includes('No backend found in registry')) return error;
  return new Error(
    'No device is open: call `await openDevice()` of @llm-mde/backend first, or import a backend of TensorFlow.js.',
    { cause: error },
  );
}

function inversePermutation(order: readonly number[]): number[] {
  const inverse: number[] = [];
  order.forEach((from, to) => {
    inverse[from] = to;
  });
  return inverse;
}
