import * as tf from '@tensorflow/tfjs-core';
import { kaimingUniform, uniform } from './initializers.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

export interface LinearOptions {
  /** @default true */
  bias?: boolean;
  /** Whether the state dict holds the weight as [inFeatures,outFeatures], as GPT-2's `Conv1D` does. @default false */
  transposed?: boolean;
}

/**
 * y = x·Wᵀ + b. State dict: `weight` [outFeatures,inFeatures] and `bias` [outFeatures], initialized as in PyTorch (uniform with bound
 * 1/√inFeatures).
 */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;
  private adapter: LinearAdapter | undefined;

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    { bias = true, transposed = false }: LinearOptions = {},
  ) {
    super();
    const shape = transposed ? [inFeatures, outFeatures] : [outFeatures, inFeatures];
    const layout = transposed && { memoryOrder: [1, 0] };
    const initialize = transposed ? uniform(1 / Math.sqrt(inFeatures)) : kaimingUniform();
    this.weight = this.register('weight', new Parameter(shape, { initialize, ...layout }));
    if (bias) {
      const initialize = uniform(1 / Math.sqrt(inFeatures));
      this.bias = this.register('bias', new Parameter([outFeatures], { initialize }));
    }
  }

  /**
   * @param x [..., inFeatures], float32.
   * @returns [..., outFeatures]
   */
  forward<T extends tf.Tensor>(x: T): T {
    if (x.shape.at(-1) !== this.inFeatures) {
      throw new Error(`Linear expects an input of shape [..., ${this.inFeatures}], got [${x.shape}].`);
    }
    return tf.tidy(() => {
      const rows = tf.reshape(x, [-1, this.inFeatures]) as tf.Tensor2D;
      let y: tf.Tensor = tf.matMul(rows, this.weight.value as tf.Tensor2D, false, true);
      if (this.bias) y = tf.add(y, this.bias.value);
      const branch = this.adapter?.forward(rows);
      if (branch) y = tf.add(y, branch);
      return tf.reshape(y, [...x.shape.slice(0, -1), this.outFeatures]) as T;
    });
  }

  /**
   * Adds what the adapter computes to the output, as low-rank adaptation does; `undefined` takes it off again. The adapter's
   * parameters belong to whoever made it: they are not part of this module's state dict, but they are among its trainable variables.
   */
  setAdapter(adapter: LinearAdapter | undefined): void {
    this.adapter = adapter;
  }

  /** Whether an adapter is set. */
  get hasAdapter(): boolean {
    return this.adapter !== undefined;
  }

  protected override borrowedVariables(): tf.Variable[] {
    return this.adapter?.trainableVariables() ?? [];
  }
}

/** A branch beside a Linear. */
export interface LinearAdapter {
  /** [rows, inFeatures] to [rows, outFeatures], or to `undefined` where it adds nothing at present. */
  forward(rows: tf.Tensor2D): tf.Tensor | undefined;
  /** The variables that `forward` would train at present. */
  trainableVariables(): tf.Variable[];
}
