import * as tf from '@tensorflow/tfjs-core';
import type { Compiled, Compiler, TensorValues } from '../compiler.js';
import { feed, inputTensors, type ModelInputs, type PreparedImages } from '../model/model-inputs.js';
import type { AdamWStep, GradientUse } from './adamw.js';
import { clippingFactor, gradientNorm } from './gradients.js';

/** One part of a batch as plain arrays. */
export interface Part {
  inputs: Omit<PreparedImages, 'prompts'>;
  /** Metres, [B,H,W]. */
  truth: { data: Float32Array; shape: [number, number, number] };
  /** 1 where the truth is known, [B,H,W]. */
  valid: { data: Float32Array; shape: [number, number, number] };
  /** Of the batch. */
  share: number;
  dropoutSeed: number;
}

/** The same as tensors. */
export interface PartTensors {
  inputs: ModelInputs;
  truth: tf.Tensor3D;
  valid: tf.Tensor3D;
}

export function tensorsOf({ inputs, truth, valid }: Part): PartTensors {
  return {
    inputs: inputTensors(inputs),
    truth: tf.tensor3d(truth.data, truth.shape),
    valid: tf.tensor3d(valid.data, valid.shape),
  };
}

/** What a training step consists of, as functions of tensors. */
export interface StepFunctions {
  variables(): tf.Variable[];
  gradients(part: PartTensors, dropoutSeed: tf.Scalar): { value: tf.Scalar; grads: tf.NamedTensorMap };
  maximumNorm: number;
  update(gradients: tf.NamedTensorMap, step: AdamWStep, use: GradientUse): void;
}

interface Losses {
  loss: tf.Scalar;
  norm: tf.Scalar;
}

/** A training step as compiled graphs. Weights, the optimizer's memory and sums of gradients stay where the graphs run. */
export class CompiledStep {
  /** Everything at once, for a batch in one part. */
  private readonly whole: Compiled<[PartTensors, tf.Scalar, AdamWStep], Losses>;
  /** Adds one part's gradients to the sums; the first part of a batch replaces them, with a `keep` of 0. */
  private readonly accumulate: Compiled<[PartTensors, tf.Scalar, { share: tf.Scalar; keep: tf.Scalar }], tf.Scalar>;
  /** Clips the sums and updates the weights, given the batch's loss. */
  private readonly apply: Compiled<[AdamWStep, tf.Scalar], tf.Scalar>;
  private sums: Map<string, tf.Variable> | undefined;

  constructor(compiler: Compiler, { variables, gradients, maximumNorm, update }: StepFunctions) {
    /** Where the loss or the norm is not a finite number, nothing changes. */
    const clipAndUpdate = (grads: tf.NamedTensorMap, step: AdamWStep, loss: tf.Scalar) => {
      const norm = gradientNorm(
        grads,
        variables().map(({ name }) => name),
      );
      const taken = tf.logicalAnd(tf.isFinite(loss), tf.isFinite(norm)) as tf.Scalar;
      update(grads, step, { scale: clippingFactor(norm, maximumNorm), taken });
      return norm;
    };
    const sums = () => {
      this.sums ??= new Map(
        variables().map((variable) => [variable.name, tf.tidy(() => tf.variable(tf.zerosLike(variable), false))]),
      );
      return this.sums;
    };
    this.whole = compiler((part, dropoutSeed, step) => {
      const { value, grads } = gradients(part, dropoutSeed);
      return { loss: value, norm: clipAndUpdate(grads, step, value) };
    });
    this.accumulate = compiler((part, dropoutSeed, { share, keep }) => {
      const { value, grads } = gradients(part, dropoutSeed);
      for (const [name, sum] of sums()) {
        sum.assign(tf.add(tf.mul(sum, keep), tf.mul(grads[name] ?? tf.zerosLike(sum), share)));
      }
      return value;
    });
    this.apply = compiler((step, loss) => clipAndUpdate(Object.fromEntries(sums()), step, loss));
  }

  async run(
    parts: readonly Part[],
    step: Record<keyof AdamWStep, number>,
  ): Promise<{ loss: number; gradientNorm: number }> {
    const numbers = {
      learningRate: scalar(step.learningRate),
      meanCorrection: scalar(step.meanCorrection),
      squareCorrection: scalar(step.squareCorrection),
    };
    if (parts.length === 1) {
      const { loss, norm } = await this.whole(values(parts[0]!), scalar(parts[0]!.dropoutSeed), numbers);
      return { loss: await read(loss), gradientNorm: await read(norm) };
    }
    let loss = 0;
    for (const [index, part] of parts.entries()) {
      const numbersOfPart = { share: scalar(part.share), keep: scalar(index === 0 ? 0 : 1) };
      loss += part.share * (await read(await this.accumulate(values(part), scalar(part.dropoutSeed), numbersOfPart)));
    }
    return { loss, gradientNorm: await read(await this.apply(numbers, scalar(loss))) };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.whole.dispose(), this.accumulate.dispose(), this.apply.dispose()]);
    for (const sum of this.sums?.values() ?? []) sum.dispose();
  }
}

function values({ inputs, truth, valid }: Part) {
  return { inputs: feed(inputs), truth, valid };
}

function scalar(value: number): TensorValues {
  return { data: Float32Array.of(value), shape: [] };
}

async function read(tensor: tf.Scalar): Promise<number> {
  const [value] = await tensor.data();
  tensor.dispose();
  return value!;
}
