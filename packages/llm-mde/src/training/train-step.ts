import type { CompiledFunction, Compiler, Feed, TensorData } from '@llm-mde/compile/eager';
import { type Parameter, withDropoutSeed } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { inEightBits } from '../network/layers.js';
import type { FeatureInputs, ModelInputs, Network } from '../network/network.js';
import type { AdamW, AdamWStep } from './adamw.js';
import { clippingFactor, gradientNorm } from './gradients.js';
import type { MicroBatch } from './micro-batches.js';
import { scaleInvariantLoss } from './scale-invariant-loss.js';

interface BatchTensors {
  inputs: ModelInputs | FeatureInputs;
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
 * the graphs run. A step is taken whole or not at all: if something fails, or the loss or the norm is not a finite number, nothing has changed.
 */
export class TrainStep {
  /** Everything at once, for a batch in one part. */
  private readonly whole: CompiledFunction<[BatchTensors, tf.Scalar, AdamWStep], Losses>;
  /** Adds a micro-batch's gradients to the sums; the first one of a batch, with a `keep` of 0, replaces them. */
  private readonly accumulate: CompiledFunction<
    [BatchTensors, tf.Scalar, { weight: tf.Scalar; keep: tf.Scalar }],
    tf.Scalar
  >;
  /** Clips the sums and updates the weights, given the batch's loss. */
  private readonly apply: CompiledFunction<[AdamWStep, tf.Scalar], tf.Scalar>;
  /** Of the variables that have gradients, by name. */
  private readonly sums = new Map<string, tf.Variable>();

  constructor(
    private readonly network: Network,
    private readonly optimizer: AdamW,
    compiler: Compiler,
  ) {
    network.makeInitialValues();
    const { precision } = network.configuration.optimization;
    const options = precision === 'int8-frozen' ? inEightBits(network) : {};
    this.whole = compiler((batch, dropoutSeed, step) => {
      const before = this.buffers().map(({ value }) => tf.clone(value));
      const { value, grads } = this.gradients(batch, dropoutSeed);
      const { norm, applied } = this.clipAndUpdate(grads, step, value);
      for (const [index, buffer] of this.buffers().entries()) {
        buffer.assign(tf.where(applied, buffer.value, before[index]!));
      }
      return { loss: value, norm };
    }, options);
    this.accumulate = compiler((batch, dropoutSeed, { weight, keep }) => {
      const { value, grads } = this.gradients(batch, dropoutSeed);
      for (const [name, gradient] of Object.entries(grads)) {
        const sum = this.sumOf(name, gradient);
        // Not their product with 0, which is NaN if they are.
        const kept = tf.where(tf.greater(keep, 0), sum, tf.zerosLike(sum));
        sum.assign(tf.add(kept, tf.mul(gradient, weight)));
      }
      return value;
    }, options);
    this.apply = compiler((step, loss) => this.clipAndUpdate(Object.fromEntries(this.sums), step, loss).norm);
  }

  /** Takes a step on the micro-batches of one batch. The network has to be in training mode. */
  async run(batches: readonly StepBatch[], learningRate: number): Promise<{ loss: number; gradientNorm: number }> {
    const before = this.copies(batches.length);
    let applied = false;
    try {
      const result = await this.compute(batches, this.optimizer.nextStep(learningRate));
      applied = Number.isFinite(result.loss) && Number.isFinite(result.gradientNorm);
      if (applied) this.optimizer.countStep();
      return result;
    } finally {
      for (const [variable, copy] of before) {
        if (!applied) variable.assign(copy);
        copy.dispose();
      }
      // Sums that could not be computed would make the next ones fail.
      if (!applied && !this.whole.isCompiled) this.forgetSums();
    }
  }

  async dispose(): Promise<void> {
    await Promise.all([this.whole.dispose(), this.accumulate.dispose(), this.apply.dispose()]);
    this.forgetSums();
  }

  private forgetSums(): void {
    for (const sum of this.sums.values()) sum.dispose();
    this.sums.clear();
  }

  /** What a step changes before it is known to succeed. A graph changes nothing until it has run, and `whole` leaves the buffers of a refused step. */
  private copies(parts: number): Map<tf.Variable, tf.Tensor> {
    const { isCompiled } = this.whole;
    const variables = [
      ...(isCompiled && parts === 1 ? [] : this.buffers().map(({ value }) => value as tf.Variable)),
      ...(isCompiled ? [] : this.optimizer.variables()),
    ];
    return new Map(variables.map((variable) => [variable, variable.clone()]));
  }

  /** The running statistics of batch normalization, which the forward pass moves. */
  private buffers(): Parameter[] {
    return [...this.network.namedState().values()].filter(({ role }) => role === 'buffer');
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

  private clipAndUpdate(gradients: tf.NamedTensorMap, step: AdamWStep, loss: tf.Scalar) {
    const { maximumGradientNorm } = this.network.configuration.optimization;
    const norm = gradientNorm(
      gradients,
      this.network.trainableVariables().map(({ name }) => name),
    );
    const applied = tf.logicalAnd(tf.isFinite(loss), tf.isFinite(norm)) as tf.Scalar;
    const scale = clippingFactor(norm, maximumGradientNorm ?? Number.POSITIVE_INFINITY);
    this.optimizer.update(gradients, step, { scale, applied });
    return { norm, applied };
  }

  private sumOf(name: string, gradient: tf.Tensor): tf.Variable {
    let sum = this.sums.get(name);
    if (!sum) {
      // It begins with a constant: see compile's README.
      sum = tf.tidy(() => tf.variable(tf.zerosLike(gradient), false));
      this.sums.set(name, sum);
    }
    return sum;
  }
}

/** The loss of a batch: a pure function of its inputs, for gradients and for compilers. */
export function trainingLoss(
  network: Network,
  inputs: ModelInputs | FeatureInputs,
  truth: tf.Tensor3D,
  valid: tf.Tensor3D,
): tf.Scalar {
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
