import { constant, kaimingUniform, normal, Parameter } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { WeightForm } from './weight-form.js';
import { numbersFor, type WeightsConfiguration } from './weights-configuration.js';

/** A weight of a model that an adapter can change. */
export interface AdaptableWeight {
  /** Its name: of a layer with one such weight, that of the layer, after those of the models that it is nested in, `encoder.dense_1`. */
  path: string;
  form: WeightForm;
}

/** The part of one adapter in one weight. */
export interface Branch {
  /** [rank,columns] */
  A: Parameter;
  /** [rows,rank] */
  B: Parameter;
  /** DoRA's lengths of rows, [rows]. */
  magnitude: Parameter | undefined;
  rank: number;
  scale: number;
}

/** @returns A, B and the magnitude, if there is one. */
export function parametersOf({ A, B, magnitude }: Branch): Parameter[] {
  return magnitude ? [A, B, magnitude] : [A, B];
}

/** A weight with adapters, W + ΔW. */
export class AdaptedWeight<Weight extends AdaptableWeight = AdaptableWeight> {
  enabled = true;
  readonly branches = new Map<string, Branch>();
  /** The parameters that are trained. */
  trained: Parameter[] = [];
  private active: Branch[] = [];
  private merged: tf.Tensor | undefined;
  private held: tf.Tensor | undefined;

  /** @param own Gives the weight itself, W. */
  constructor(
    readonly weight: Weight,
    private readonly own: () => tf.Tensor,
  ) {}

  add(adapterName: string, configuration: WeightsConfiguration): void {
    const { form, path } = this.weight;
    const { rank, scale } = numbersFor(configuration, path);
    const isEmbedding = form.kind === 'embedding';
    const branch: Branch = {
      A: new Parameter([rank, form.columns], { initialize: isEmbedding ? constant(0) : kaimingUniform() }),
      B: new Parameter([form.rows, rank], { initialize: isEmbedding ? normal() : constant(0) }),
      magnitude: configuration.dora ? new Parameter([form.rows], { initialize: constant(1) }) : undefined,
      rank,
      scale,
    };
    tf.tidy(() => branch.magnitude?.assign(rowLengths(form.fromModel(this.own()))));
    this.branches.set(adapterName, branch);
  }

  activate(names: readonly string[], trainable: boolean): void {
    this.active = names.flatMap((name) => this.branches.get(name) ?? []);
    this.trained = trainable ? this.active.flatMap(parametersOf) : [];
    for (const parameter of [...this.branches.values()].flatMap(parametersOf)) {
      if (this.trained.includes(parameter)) parameter.unfreeze();
      else parameter.freeze();
    }
  }

  delete(adapterName: string): void {
    const branch = this.branches.get(adapterName);
    if (!branch) return;
    this.branches.delete(adapterName);
    this.active = this.active.filter((other) => other !== branch);
    this.trained = [];
    for (const parameter of parametersOf(branch)) parameter.dispose();
  }

  dispose(): void {
    this.unmerge();
    for (const name of [...this.branches.keys()]) this.delete(name);
  }

  /** W + Σ scale·B·A; of DoRA each row has its magnitude's length. It may be the weight itself: it is not to be disposed. */
  read(): tf.Tensor {
    if (!this.enabled || this.active.length === 0) return this.own();
    return this.merged ?? this.held ?? this.compute();
  }

  /** Computes the weight once for all that read it meanwhile. */
  hold<T extends tf.TensorContainer>(run: () => T): T {
    if (this.held || this.merged || !this.enabled || this.active.length === 0) return run();
    return tf.tidy(() => {
      this.held = this.compute();
      try {
        return run();
      } finally {
        this.held = undefined;
      }
    });
  }

  /** Keeps the weight as it is now. */
  merge(): void {
    if (this.active.length > 0) this.merged = tf.keep(tf.tidy(() => this.compute()));
  }

  unmerge(): void {
    this.merged?.dispose();
    this.merged = undefined;
  }

  private compute(): tf.Tensor {
    return tf.tidy(() => {
      const own = this.own();
      const { form } = this.weight;
      const changes = this.active.map(({ A, B, magnitude, scale }) => {
        const change = tf.mul(tf.matMul(B.value as tf.Tensor2D, A.value as tf.Tensor2D), scale) as tf.Tensor2D;
        if (!magnitude) return form.toModel(change);
        const matrix = form.fromModel(own);
        const sum = tf.add(matrix, change);
        // As in PEFT, no gradient goes through the length.
        const factor = tf.reshape(tf.div(magnitude.value, withoutGradient(rowLengths(sum))), [form.rows, 1]);
        return form.toModel(tf.sub(tf.mul(factor, sum), matrix) as tf.Tensor2D);
      });
      return tf.addN([own, ...changes]);
    });
  }
}

function rowLengths(matrix: tf.Tensor): tf.Tensor {
  return tf.sqrt(tf.sum(tf.square(matrix), 1));
}

const withoutGradient = tf.customGrad((x) => ({
  value: (x as tf.Tensor).clone(),
  gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
}));
