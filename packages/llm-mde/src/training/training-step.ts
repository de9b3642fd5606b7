import { withDropoutSeed } from '@llm-mde/nn';
import type { RawImage } from '@llm-mde/vision-encoder';
import * as tf from '@tensorflow/tfjs-core';
import type { LlmMde } from '../model/llm-mde.js';
import { inputTensors, type ModelInputs } from '../model/model-inputs.js';
import { AdamW } from './adamw.js';
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

/** Thrown by a training step whose loss or gradients are not finite numbers. The weights have not changed. */
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
    const maps = depthMaps(batch);
    this.model.train();
    const { loss, gradients, norm } = this.gradients(batch, maps, optimization.microBatchSize ?? batch.length);
    try {
      const [[lossValue], [gradientNorm]] = await Promise.all([loss.data(), norm.data()]);
      if (!Number.isFinite(lossValue) || !Number.isFinite(gradientNorm)) {
        const ids = batch.flatMap(({ id }) => (id === undefined ? [] : [id]));
        throw new NonFiniteLossError(lossValue!, gradientNorm!, ids);
      }
      this.optimizer.step(gradients, learningRate);
      return { loss: lossValue!, gradientNorm: gradientNorm!, learningRate, step: this.optimizer.steps };
    } finally {
      tf.dispose([loss, norm, gradients]);
    }
  }

  dispose(): void {
    this.optimizer.dispose();
  }

  /** Loss, clipped gradients and their norm of a batch, computed a part at a time. */
  private gradients(batch: TrainingBatch, maps: DepthMaps, partSize: number) {
    let loss = tf.scalar(0);
    let gradients: tf.NamedTensorMap | undefined;
    for (let from = 0; from < batch.length; from += partSize) {
      const part = batch.slice(from, from + partSize);
      const partMaps = sliceMaps(maps, from, part.length);
      const share = part.length / batch.length;
      // A whole number below 2²⁴ that no other part of any step shares, as long as a batch has fewer than 1024 parts.
      const dropoutSeed =
        (this.model.configuration.seed * 7919 + this.optimizer.steps * 1024 + from / partSize) % 2 ** 24;
      const result = this.partGradients(part, partMaps, dropoutSeed);
      const before = loss;
      loss = tf.tidy(() => tf.add(before, tf.mul(result.loss, share)));
      tf.dispose([before, result.loss]);
      gradients = accumulateGradients(gradients, scaleGradients(result.gradients, share));
    }
    const { maximumGradientNorm } = this.model.configuration.optimization;
    return { loss, ...clipGradients(gradients!, maximumGradientNorm ?? Number.POSITIVE_INFINITY) };
  }

  private partGradients(part: TrainingBatch, maps: DepthMaps, dropoutSeed: number) {
    const inputs = inputTensors(this.model.prepareImages(part.map(({ image }) => image)));
    const shape: [number, number, number] = [part.length, maps.height, maps.width];
    const truth = tf.tensor3d(maps.depth, shape);
    const valid = tf.tensor3d(maps.valid, shape);
    const { value, grads } = withDropoutSeed(dropoutSeed, () =>
      tf.variableGrads(() => trainingLoss(this.model, inputs, truth, valid), this.model.trainableVariables()),
    );
    tf.dispose([inputs, truth, valid] as tf.TensorContainer);
    return { loss: value, gradients: grads };
  }
}

/** The loss of a batch: a pure function of its inputs, for gradients and for compilers. */
export function trainingLoss(model: LlmMde, inputs: ModelInputs, truth: tf.Tensor3D, valid: tf.Tensor3D): tf.Scalar {
  return tf.tidy(() => {
    const [, height, width] = truth.shape;
    const depth = model.forward(inputs, { size: [height, width] });
    return scaleInvariantLoss(depth, truth, valid, model.configuration.loss);
  });
}

interface DepthMaps {
  depth: Float32Array;
  valid: Float32Array;
  height: number;
  width: number;
}

/** The depth of a batch in one array, and where it is known. */
function depthMaps(batch: TrainingBatch): DepthMaps {
  if (batch.length === 0) throw new Error('A training step needs at least one image, but the batch is empty.');
  const sizes = batch.map(({ image, depthWidth = image.width, depthHeight = image.height }) => [
    depthHeight,
    depthWidth,
  ]);
  const [height, width] = sizes[0] as [number, number];
  const depth = new Float32Array(batch.length * height * width);
  const valid = new Float32Array(depth.length);
  for (const [index, example] of batch.entries()) {
    const [ownHeight, ownWidth] = sizes[index] as [number, number];
    const name = example.id ?? `Image ${index} of the batch`;
    if (ownHeight !== height || ownWidth !== width) {
      throw new Error(
        `${name} has a depth map of ${ownWidth}×${ownHeight}, the first one ${width}×${height}; a batch needs one size: resize them.`,
      );
    }
    for (const [what, values] of Object.entries({ depth: example.depth, valid: example.valid })) {
      if (values && values.length !== height * width) {
        throw new Error(`${name} is ${width}×${height}, but its ${what} has ${values.length} values.`);
      }
    }
    const offset = index * height * width;
    example.depth.forEach((metres, pixel) => {
      const known = metres > 0 && metres < Number.POSITIVE_INFINITY && (example.valid?.[pixel] ?? 1) !== 0;
      // 1 where it is not known: the loss does not look there, and its logarithm is finite.
      depth[offset + pixel] = known ? metres : 1;
      valid[offset + pixel] = known ? 1 : 0;
    });
  }
  return { depth, valid, height, width };
}

function sliceMaps({ depth, valid, height, width }: DepthMaps, from: number, count: number): DepthMaps {
  const range = [from * height * width, (from + count) * height * width] as const;
  return { depth: depth.subarray(...range), valid: valid.subarray(...range), height, width };
}
