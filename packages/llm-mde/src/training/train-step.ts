import type { CompiledFunction, Compiler, Feed, TensorData } from '@llm-mde/compile/eager';
import { withDropoutSeed } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { ModelInputs, Network } from '../network/network.js';
import type { AdamW, AdamWStep } from './adamw.js';
import { clippingFactor, gradientNorm } from './gradients.js';
import type { MicroBatch } from './micro-batches.js';
import { scaleInvariantLoss } from './scale-invariant-loss.js';

interface BatchTensors {
  inputs: ModelInputs;
  truth: tf.Tensor3D;
  valid: tf.Tensor3D;
}

/** A micro-batch, as arrays or as tensors. */
type StepBatch = Feed<BatchTensors> & Pick<MicroBatch, 'weight' | 'dropoutSeed'>;

interface Losses {
  loss: tf.Scalar;
  norm: tf.Scalar;
}

/**
 * A training step as functions of tensors, which a compiler makes graphs of. Weights, the optimizer's state and sums of gradients stay where
 * the graphs run. If the loss or the norm is not a finite number, no weight changes.
 */
export class TrainStep {
  /** Everything at once, for a batch in one part. */
  private readonly whole: CompiledFunction<[BatchTensors, tf.Scalar, AdamWStep], Losses>;
  /** Adds a micro-batch's gradients to the sums; the first one of a batch replaces them, with a `keep` of 0. */
  private readonly accumulate: CompiledFunction<
    [BatchTensors, tf.Scalar, { weight: tf.Scalar; keep: tf.Scalar }],
    tf.Scalar
  >;
  /** Clips the sums and updates the weights, given the batch's loss. */
  private readonly apply: CompiledFunction<[AdamWStep, tf.Scalar], tf.Scalar>;
  private sums: Map<string, tf.Variable> | undefined;

  constructor(
    private readonly network: Network,
    private readonly optimizer: AdamW,
    compiler: Compiler,
  ) {
    network.makeInitialValues();
    this.whole = compiler((batch, dropoutSeed, step) => {
      const { value, grads } = this.gradients(batch, dropoutSeed);
      return { loss: value, norm: this.clipAndUpdate(grads, step, value) };
    });
    this.accumulate = compiler((batch, dropoutSeed, { weight, keep }) => {
      const { value, grads } = this.gradients(batch, dropoutSeed);
      for (const [name, sum] of this.gradientSums()) {
        sum.assign(tf.add(tf.mul(sum, keep), tf.mul(grads[name] ?? tf.zerosLike(sum), weight)));
      }
      return value;
    });
    this.apply = compiler((step, loss) => this.clipAndUpdate(Object.fromEntries(this.gradientSums()), step, loss));
  }

  /** Takes a step on the micro-batches of one batch. The network has to be in training mode. */
  async run(batches: readonly StepBatch[], learningRate: number): Promise<{ loss: number; gradientNorm: number }> {
    const step = this.optimizer.nextStep(learningRate);
    const result = await this.compute(batches, {
      learningRate: scalar(step.learningRate),
      meanCorrection: scalar(step.meanCorrection),
      squareCorrection: scalar(step.squareCorrection),
    });
    if (Number.isFinite(result.loss) && Number.isFinite(result.gradientNorm)) this.optimizer.countStep();
    return result;
  }

  async dispose(): Promise<void> {
    await Promise.all([this.whole.dispose(), this.accumulate.dispose(), this.apply.dispose()]);
    for (const sum of this.sums?.values() ?? []) sum.dispose();
  }

  private async compute(batches: readonly StepBatch[], step: Record<keyof AdamWStep, TensorData>) {
    if (batches.length === 1) {
      const { inputs, truth, valid, dropoutSeed } = batches[0]!;
      const { loss, norm } = await this.whole({ inputs, truth, valid }, scalar(dropoutSeed), step);
      return { loss: await read(loss), gradientNorm: await read(norm) };
    }
    let loss = 0;
    for (const [index, { inputs, truth, valid, weight, dropoutSeed }] of batches.entries()) {
      const use = { weight: scalar(weight), keep: scalar(index === 0 ? 0 : 1) };
      loss += weight * (await read(await this.accumulate({ inputs, truth, valid }, scalar(dropoutSeed), use)));
    }
    return { loss, gradientNorm: await read(await this.apply(step, scalar(loss))) };
  }

  private gradients({ inputs, truth, valid }: BatchTensors, dropoutSeed: tf.Scalar) {
    return withDropoutSeed(dropoutSeed, () =>
      tf.variableGrads(() => trainingLoss(this.network, inputs, truth, valid), this.network.trainableVariables()),
    );
  }

  private clipAndUpdate(gradients: tf.NamedTensorMap, step: AdamWStep, loss: tf.Scalar): tf.Scalar {
    const { maximumGradientNorm } = this.network.configuration.optimization;
    const norm = gradientNorm(
      gradients,
      this.network.trainableVariables().map(({ name }) => name),
    );
    const applied = tf.logicalAnd(tf.isFinite(loss), tf.isFinite(norm)) as tf.Scalar;
    const scale = clippingFactor(norm, maximumGradientNorm ?? Number.POSITIVE_INFINITY);
    this.optimizer.update(gradients, step, { scale, applied });
    return norm;
  }

  private gradientSums(): Map<string, tf.Variable> {
    this.sums ??= new Map(
      this.network
        .trainableVariables()
        .map((variable) => [variable.name, tf.tidy(() => tf.variable(tf.zerosLike(variable), false))]),
    );
    return this.sums;
  }
}

/** The loss of a batch: a pure function of its inputs, for gradients and for compilers. */
export function trainingLoss(network: Network, inputs: ModelInputs, truth: tf.Tensor3D, valid: tf.Tensor3D): tf.Scalar {
  return tf.tidy(() => {
    const [, height, width] = truth.shape;
    const depth = network.forward(inputs, { size: [height, width] });
    return scaleInvariantLoss(depth, truth, valid, network.configuration.loss);
  });
}

function scalar(value: number): TensorData {
  return { data: Float32Array.of(value), shape: [] };
}

async function read(tensor: tf.Scalar): Promise<number> {
  const [value] = await tensor.data();
  tensor.dispose();
  return value!;
}
