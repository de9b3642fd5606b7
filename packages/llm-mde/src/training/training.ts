import type { Compiler } from '@llm-mde/compile/eager';
import type { ModelRuntime } from '../inputs/model-runtime.js';
import { adaptersInUse, type Network, sameMembers } from '../network/network.js';
import { AdamW, type ParameterGroup } from './adamw.js';
import { MicroBatches, type TrainingBatch } from './micro-batches.js';
import { TrainStep } from './train-step.js';

export interface TrainStepOptions {
  /** @default the configuration's */
  learningRate?: number;
}

export interface TrainStepResult {
  /** Mean over the images, before the step. */
  loss: number;
  /** Of all gradients together, before clipping. */
  gradientNorm: number;
  learningRate: number;
  /** Number of steps taken, including this one. */
  step: number;
}

/** Thrown by a training step whose loss or gradients are not finite numbers. */
export class NonFiniteLossError extends Error {
  override name = 'NonFiniteLossError';

  constructor(
    readonly loss: number,
    readonly gradientNorm: number,
    /** Ids of the batch's examples, if they have any. */
    readonly ids: readonly string[],
  ) {
    super(
      `Non-finite loss (${loss}) or gradient norm (${gradientNorm}); the step was skipped. ` +
        `${ids.length > 0 ? `The batch contains ${ids.join(', ')}. ` : ''}` +
        'Lower the learning rate, or check the depth of these images.',
    );
  }
}

/** Trains one network; holds its optimizer. */
export class Training {
  private readonly adamw: AdamW;
  private step: TrainStep | undefined;
  /** What the step was made for. */
  private structure: readonly unknown[] = [];
  private readonly microBatches: MicroBatches;
  private readonly network: Network;
  private readonly compiler: Compiler;

  constructor({ network, processor, compiler }: Pick<ModelRuntime, 'network' | 'processor' | 'compiler'>) {
    this.network = network;
    this.compiler = compiler;
    this.adamw = createOptimizer(network);
    this.microBatches = new MicroBatches(processor, network.configuration.seed);
  }

  /** See `LlmMde.trainStep`. */
  async run(batch: TrainingBatch, options: TrainStepOptions): Promise<TrainStepResult> {
    const { optimization } = this.network.configuration;
    const { learningRate = optimization.learningRate } = options;
    const size = optimization.microBatchSize ?? batch.length;
    if (batch.some(({ features }) => features)) this.network.checkVisionIsFrozen();
    const step = await this.currentStep();
    if (this.adamw.areExchanged) throw new Error('There is no training step within withAverages.');
    const batches = await this.microBatches.prepare(batch, size, this.adamw.steps);
    this.network.train();
    const { loss, gradientNorm } = await step.run(batches, learningRate);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      const ids = batch.flatMap(({ id }) => (id === undefined ? [] : [id]));
      throw new NonFiniteLossError(loss, gradientNorm, ids);
    }
    return { loss, gradientNorm, learningRate, step: this.adamw.steps };
  }

  /** The optimizer, over the parameters that are trainable now. */
  async optimizer(): Promise<AdamW> {
    await this.currentStep();
    return this.adamw;
  }

  /** Forgets the step, for an optimizer that was given another state. */
  async forgetStep(): Promise<void> {
    const { step } = this;
    this.step = undefined;
    await step?.dispose();
  }

  async dispose(): Promise<void> {
    await this.forgetStep().finally(() => this.adamw.dispose());
  }

  /** A step for the network as it is: adapters may have been disabled or exchanged, and weights frozen or loaded. */
  private async currentStep(): Promise<TrainStep> {
    const structure = [adaptersInUse(this.network), ...this.network.structure()];
    if (!this.step || !sameMembers(structure, this.structure)) {
      await this.forgetStep();
      this.adamw.setParameters(parameterGroups(this.network));
      this.step = new TrainStep(this.network, this.adamw, this.compiler);
      this.structure = structure;
    }
    return this.step;
  }
}

/** AdamW over a network's trainable parameters; vectors are not decayed. */
export function createOptimizer(network: Network): AdamW {
  const { averageDecay } = network.configuration.optimization;
  return new AdamW(parameterGroups(network), { averageDecay });
}

function parameterGroups(network: Network): ParameterGroup[] {
  const { weightDecay } = network.configuration.optimization;
  const parameters = [...network.trainableParameters()];
  const isMatrix = ([, { shape }]: (typeof parameters)[number]) => shape.length > 1;
  return [
    { parameters: new Map(parameters.filter(isMatrix)), weightDecay },
    { parameters: new Map(parameters.filter((entry) => !isMatrix(entry))), weightDecay: 0 },
  ];
}
