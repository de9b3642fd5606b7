import { constant, Dropout, kaimingUniform, type Linear, type LinearAdapter, Module, Parameter } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type LoraConfiguration, scaleOf } from './lora-configuration.js';

/** The adapters of one Linear: a branch for each adapter that has this Linear among its targets. */
export class LoraLayer extends Module implements LinearAdapter {
  /** Whether the active branches are added to the Linear's output. */
  enabled = true;
  private readonly branches = new Map<string, Branch>();
  private active: Branch[] = [];
  /** The Linear's own weight, while merged. */
  private originalWeight: tf.Tensor | undefined;

  /** @param parts How many Linears with outputs that follow each other this one stands for: each part has an A and a B of its own. */
  constructor(
    readonly path: string,
    readonly linear: Linear,
    private readonly parts = 1,
  ) {
    super();
  }

  /** [N,inFeatures] to [N,outFeatures]; `undefined` where nothing is to be added. */
  forward(rows: tf.Tensor2D): tf.Tensor | undefined {
    if (this.merged) return this.forwardMerged();
    if (!this.enabled || this.active.length === 0) return undefined;
    // Dropout has the Linear's mode, so that `train()` and `eval()` of the adapted module reach it.
    const { training } = this.linear;
    const outputs = this.active.map((branch) => forwardBranch(branch, rows, training, this.parts));
    return outputs.length === 1 ? outputs[0] : tf.addN(outputs);
  }

  override trainableVariables(): tf.Variable[] {
    return this.enabled && !this.merged ? super.trainableVariables() : [];
  }

  addBranch(adapterName: string, configuration: LoraConfiguration): void {
    const { inFeatures, outFeatures } = this.linear;
    const { rank, dropout } = configuration;
    const A = new Parameter([this.parts * rank, inFeatures], { initialize: kaimingUniform() });
    const B = new Parameter([outFeatures, rank], { initialize: constant(0) });
    this.branches.set(adapterName, {
      A: this.register(`lora_A.${adapterName}.weight`, A),
      B: this.register(`lora_B.${adapterName}.weight`, B),
      dropout: new Dropout(dropout),
      scale: scaleOf(configuration),
    });
  }

  /** Removes a branch and frees its tensors. */
  deleteBranch(adapterName: string): void {
    const branch = this.branches.get(adapterName);
    if (!branch) return;
    this.branches.delete(adapterName);
    this.active = this.active.filter((other) => other !== branch);
    this.unregister(`lora_A.${adapterName}.weight`);
    this.unregister(`lora_B.${adapterName}.weight`);
    branch.A.dispose();
    branch.B.dispose();
  }

  get branchCount(): number {
    return this.branches.size;
  }

  /** A and B of an adapter; undefined where this Linear is not among its targets. */
  factors(adapterName: string): { A: Parameter; B: Parameter } | undefined {
    return this.branches.get(adapterName);
  }

  /** Uses the branches of these adapters, and no others; the others are not trained meanwhile. */
  activate(adapterNames: readonly string[], trainable: boolean): void {
    this.active = [];
    for (const [name, branch] of this.branches) {
      const isActive = adapterNames.includes(name);
      if (isActive) this.active.push(branch);
      for (const parameter of [branch.A, branch.B]) {
        if (isActive && trainable) parameter.unfreeze();
        else parameter.freeze();
      }
    }
  }

  get merged(): boolean {
    return this.originalWeight !== undefined;
  }

  /** W + Σ scale·B·A, [outFeatures,inFeatures]; undefined where no branch is active. */
  mergedWeight(): tf.Tensor | undefined {
    if (this.active.length === 0) return undefined;
    return tf.tidy(() =>
      tf.addN([this.linear.weight.value, ...this.active.map((branch) => weightChange(branch, this.parts))]),
    );
  }

  /** Replaces W, which is kept, by the merged weight. */
  merge(): void {
    if (this.active.length === 0) return;
    const { weight } = this.linear;
    const original = tf.keep(weight.value.clone());
    try {
      tf.tidy(() => weight.assign(this.mergedWeight()!));
    } catch (error) {
      original.dispose();
      throw error;
    }
    this.originalWeight = original;
  }

  /** Restores W. */
  unmerge(): void {
    if (!this.originalWeight) return;
    this.linear.weight.assign(this.originalWeight);
    this.originalWeight.dispose();
    this.originalWeight = undefined;
  }

  private forwardMerged(): undefined {
    if (this.linear.training && this.active.some(({ B }) => B.requiresGrad)) {
      throw new Error(
        `The adapters of ${this.path} are merged into its weight and cannot be trained: call unmerge() before training, or eval() to predict.`,
      );
    }
    return undefined;
  }
}

interface Branch {
  /** A, [parts·rank,inFeatures]. */
  readonly A: Parameter;
  /** B, [outFeatures,rank]. */
  readonly B: Parameter;
  readonly dropout: Dropout;
  readonly scale: number;
}

/** scale·B·A·dropout(x); the scale is applied where the tensor is narrowest. */
function forwardBranch(
  { A, B, dropout, scale }: Branch,
  rows: tf.Tensor2D,
  training: boolean,
  parts: number,
): tf.Tensor {
  dropout.training = training;
  const reduced = tf.mul(tf.matMul(dropout.forward(rows), A.value as tf.Tensor2D, false, true), scale);
  const bs = split(B.value, parts, 0);
  return concat(
    split(reduced, parts, 1).map((part, index) => tf.matMul(part, bs[index]!, false, true)),
    1,
  );
}

/** scale·B·A, [outFeatures,inFeatures]. */
function weightChange({ A, B, scale }: Branch, parts: number): tf.Tensor {
  const bs = split(B.value, parts, 0);
  return concat(
    split(tf.mul(A.value, scale), parts, 0).map((part, index) => tf.matMul(bs[index]!, part)),
    0,
  );
}

function split(matrix: tf.Tensor, parts: number, axis: number): tf.Tensor2D[] {
  return (parts === 1 ? [matrix] : tf.split(matrix, parts, axis)) as tf.Tensor2D[];
}

function concat(matrices: tf.Tensor2D[], axis: number): tf.Tensor {
  return matrices.length === 1 ? matrices[0]! : tf.concat(matrices, axis);
}
