import { withDropoutSeed } from '@llm-mde/nn';
import type { RawImage } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import type { Compiler } from '../compiler.js';
import type { LlmMde } from '../model/llm-mde.js';
import { type ModelInputs, prepareImages } from '../model/model-inputs.js';
import { type Work, withPauses } from '../pauses.js';
import { AdamW } from './adamw.js';
import { CompiledStep, type Part, type PartTensors, tensorsOf } from './compiled-step.js';
import { accumulateGradients, clipGradients, scaleGradients } from './gradients.js';
import { scaleInvariantLoss } from './scale-invariant-loss.js';

/** One image with its depth. */
export interface TrainingExample {
  image: RawImage;
  /** Metres, row by row from the top left. A value that is 0, negative, infinite or NaN is not known. */
  depth: Float32Array;
  /** 1 where the depth is known, one value per pixel. @default wherever the depth is a positive number */
  valid?: Uint8Array;
  /** Size of the depth map. @default the image's */
  depthWidth?: number;
  depthHeight?: number;
  /** Named in messages. */
  id?: string;
}

export type TrainingBatch = readonly TrainingExample[];

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
  /** Number of steps taken, this one included. */
  step: number;
}

/** Thrown by a training step whose loss or gradients are not finite numbers. */
export class NonFiniteLossError extends Error {
  override name = 'NonFiniteLossError';

  constructor(
    readonly loss: number,
    readonly gradientNorm: number,
    /** Ids of the batch's examples, where they have any. */
    readonly ids: readonly string[],
  ) {
    super(
      `The loss is ${loss} and the norm of its gradients ${gradientNorm}: the step was not taken. ` +
        `${ids.length > 0 ? `The batch holds ${ids.join(', ')}. ` : ''}` +
        'Lower the learning rate, or look at the depth of these images.',
    );
  }
}

/** Trains one model; holds its optimizer. */
export class TrainingStep {
  readonly optimizer: AdamW;
  private compiled: CompiledStep | undefined;
  /** For each part of a batch, kept from step to step: new ones of some megabytes would keep the garbage collector busy. */
  private readonly maps: DepthMaps[] = [];

  constructor(private readonly model: LlmMde) {
    const { weightDecay } = model.configuration.optimization;
    const parameters = [...model.trainableParameters()];
    const isMatrix = ([, { shape }]: (typeof parameters)[number]) => shape.length > 1;
    this.optimizer = new AdamW([
      { parameters: new Map(parameters.filter(isMatrix)), weightDecay },
      { parameters: new Map(parameters.filter((entry) => !isMatrix(entry))), weightDecay: 0 },
    ]);
  }

  async run(batch: TrainingBatch, options: TrainStepOptions): Promise<TrainStepResult> {
    const { optimization } = this.model.configuration;
    const { learningRate = optimization.learningRate } = options;
    const parts = await withPauses(this.parts(batch, optimization.microBatchSize ?? batch.length));
    this.model.train();
    const run = this.model.compiler
      ? this.runCompiled(this.model.compiler, parts, learningRate)
      : this.runEagerly(parts, learningRate);
    const { loss, gradientNorm } = await run;
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      const ids = batch.flatMap(({ id }) => (id === undefined ? [] : [id]));
      throw new NonFiniteLossError(loss, gradientNorm, ids);
    }
    return { loss, gradientNorm, learningRate, step: this.optimizer.steps };
  }

  dispose(): void {
    void this.compiled?.dispose();
    this.optimizer.dispose();
  }

  /** Kernel by kernel: the gradients of all parts, then the optimizer, unless something is not a number. */
  private async runEagerly(parts: readonly Part[], learningRate: number): Promise<PartialResult> {
    let loss = tf.scalar(0);
    let sum: tf.NamedTensorMap | undefined;
    for (const part of parts) {
      const inputs = tensorsOf(part);
      const { value, grads } = this.gradients(inputs, part.dropoutSeed);
      tf.dispose([...Object.values(inputs.inputs), inputs.truth, inputs.valid]);
      const before = loss;
      loss = tf.tidy(() => tf.add(before, tf.mul(value, part.share)));
      tf.dispose([before, value]);
      sum = accumulateGradients(sum, scaleGradients(grads, part.share));
    }
    const { gradients, norm } = clipGradients(
      sum!,
      this.maximumNorm,
      this.model.trainableVariables().map(({ name }) => name),
    );
    try {
      const [[lossValue], [gradientNorm]] = await Promise.all([loss.data(), norm.data()]);
      if (Number.isFinite(lossValue) && Number.isFinite(gradientNorm)) this.optimizer.step(gradients, learningRate);
      return { loss: lossValue!, gradientNorm: gradientNorm! };
    } finally {
      tf.dispose([loss, norm, gradients]);
    }
  }

  /** As one graph; with several parts as one for each part, which adds to sums that stay where it runs, and one for the optimizer. */
  private async runCompiled(compiler: Compiler, parts: readonly Part[], learningRate: number): Promise<PartialResult> {
    if (!this.compiled) this.model.makeInitialValues();
    this.compiled ??= new CompiledStep(compiler, {
      variables: () => this.model.trainableVariables(),
      gradients: (inputs, seed) => this.gradients(inputs, seed),
      maximumNorm: this.maximumNorm,
      update: (gradients, step, use) => this.optimizer.update(gradients, step, use),
    });
    const result = await this.compiled.run(parts, this.optimizer.nextStep(learningRate));
    if (Number.isFinite(result.loss) && Number.isFinite(result.gradientNorm)) this.optimizer.countStep();
    return result;
  }

  private gradients({ inputs, truth, valid }: PartTensors, dropoutSeed: number | tf.Scalar) {
    return withDropoutSeed(dropoutSeed, () =>
      tf.variableGrads(() => trainingLoss(this.model, inputs, truth, valid), this.model.trainableVariables()),
    );
  }

  private get maximumNorm(): number {
    return this.model.configuration.optimization.maximumGradientNorm ?? Number.POSITIVE_INFINITY;
  }

  /** What each part of a batch is computed from. */
  private *parts(batch: TrainingBatch, size: number): Work<Part[]> {
    const { height, width } = commonSize(batch);
    const { seed } = this.model.configuration;
    const parts: Part[] = [];
    for (let index = 0; index * size < batch.length; index++) {
      const examples = batch.slice(index * size, (index + 1) * size);
      const shape: [number, number, number] = [examples.length, height, width];
      const maps = yield* this.depthMaps(examples, index);
      const images = examples.map(({ image }) => image);
      const { prompts: _prompts, ...inputs } = yield* prepareImages(images, this.model);
      parts.push({
        inputs,
        truth: { data: maps.depth, shape },
        valid: { data: maps.valid, shape },
        share: examples.length / batch.length,
        // A whole number below 2²⁴ that no other part of any step shares, as long as a batch has fewer than 1024 parts.
        dropoutSeed: (seed * 7919 + this.optimizer.steps * 1024 + index) % 2 ** 24,
      });
    }
    return parts;
  }

  /** The depth of a part's images in one array, and where it is known: until the next step. */
  private *depthMaps(examples: TrainingBatch, part: number): Work<DepthMaps> {
    const pixels = examples[0]!.depth.length;
    const length = examples.length * pixels;
    if (this.maps[part]?.depth.length !== length) {
      this.maps[part] = { depth: new Float32Array(length), valid: new Float32Array(length) };
    }
    const { depth, valid } = this.maps[part]!;
    for (const [index, example] of examples.entries()) {
      for (let pixel = 0, at = index * pixels; pixel < pixels; pixel++, at++) {
        const metres = example.depth[pixel]!;
        const isKnown = metres > 0 && metres < Number.POSITIVE_INFINITY && example.valid?.[pixel] !== 0;
        // 1 where it is not known: the loss does not look there, and its logarithm is finite.
        depth[at] = isKnown ? metres : 1;
        valid[at] = isKnown ? 1 : 0;
      }
      yield;
    }
    return { depth, valid };
  }
}

interface DepthMaps {
  depth: Float32Array;
  valid: Float32Array;
}

interface PartialResult {
  loss: number;
  gradientNorm: number;
}

/** The loss of a batch: a pure function of its inputs, for gradients and for compilers. */
export function trainingLoss(model: LlmMde, inputs: ModelInputs, truth: tf.Tensor3D, valid: tf.Tensor3D): tf.Scalar {
  return tf.tidy(() => {
    const [, height, width] = truth.shape;
    const depth = model.forward(inputs, { size: [height, width] });
    return scaleInvariantLoss(depth, truth, valid, model.configuration.loss);
  });
}

/**
 * The size that all depth maps of a batch have.
 * @throws if there is none, or a map has another number of values.
 */
function commonSize(batch: TrainingBatch): { height: number; width: number } {
  if (batch.length === 0) throw new Error('A training step needs at least one image, but the batch is empty.');
  const { height, width } = sizeOf(batch[0]!);
  for (const [index, example] of batch.entries()) {
    const name = example.id ?? `Image ${index} of the batch`;
    const own = sizeOf(example);
    if (own.height !== height || own.width !== width) {
      throw new Error(
        `${name} has a depth map of ${own.width}×${own.height}, the first one ${width}×${height}; a batch needs one size: resize them.`,
      );
    }
    for (const [what, values] of Object.entries({ depth: example.depth, valid: example.valid })) {
      if (values && values.length !== height * width) {
        throw new Error(`${name} is ${width}×${height}, but its ${what} has ${values.length} values.`);
      }
    }
  }
  return { height, width };
}

function sizeOf({ image, depthWidth = image.width, depthHeight = image.height }: TrainingExample) {
  return { height: depthHeight, width: depthWidth };
}
