import type { ModelRuntime } from '../inputs/model-runtime.js';
import type { Network } from '../network/network.js';
import { AdamW } from './adamw.js';
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
  readonly optimizer: AdamW;
  private readonly step: TrainStep;
  private readonly microBatches: MicroBatches;
  private readonly network: Network;

  constructor({ network, processor, compiler }: Pick<ModelRuntime, 'network' | 'processor' | 'compiler'>) {
    this.network = network;
    this.optimizer = createOptimizer(network);
    this.step = new TrainStep(network, this.optimizer, compiler);
    this.microBatches = new MicroBatches(processor, network.configuration.seed);
  }

  /** See `LlmMde.trainStep`. */
  async run(batch: TrainingBatch, options: TrainStepOptions): Promise<TrainStepResult> {
    const { optimization } = this.network.configuration;
    const { learningRate = optimization.learningRate } = options;
    const size = optimization.microBatchSize ?? batch.length;
    const batches = await this.microBatches.prepare(batch, size, this.optimizer.steps);
    this.network.train();
    const { loss, gradientNorm } = await this.step.run(batches, learningRate);
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      const ids = batch.flatMap(({ id }) => (id === undefined ? [] : [id]));
      throw new NonFiniteLossError(loss, gradientNorm, ids);
    }
    return { loss, gradientNorm, learningRate, step: this.optimizer.steps };
  }

  async dispose(): Promise<void> {
    await this.step.dispose();
    this.optimizer.dispose();
  }
}

/** AdamW over a network's trainable parameters; vectors are not decayed. */
export function createOptimizer(network: Network): AdamW {
  const { weightDecay } = network.configuration.optimization;
  const parameters = [...network.trainableParameters()];
  const isMatrix = ([, { shape }]: (typeof parameters)[number]) => shape.length > 1;
  return new AdamW([
    { parameters: new Map(parameters.filter(isMatrix)), weightDecay },
    { parameters: new Map(parameters.filter((entry) => !isMatrix(entry))), weightDecay: 0 },
  ]);
}
