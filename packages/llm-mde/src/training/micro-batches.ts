import type { CameraImage } from '../inputs/camera.js';
import { nextTurn } from '../inputs/next-turn.js';
import type { FeatureArrays, InputArrays, Processor, VisionFeatures } from '../inputs/processor.js';

/** One image with its depth. */
export interface TrainingExample {
  image: CameraImage;
  /**
   * What `LlmMde.visionFeatures` gave of the image: the vision tower, which has to be frozen, is not run then. All examples of a batch have
   * features, or none.
   */
  features?: VisionFeatures;
  /** Metres, row by row from the top left. A value that is 0, negative, infinite or NaN is unknown. */
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

/** A part of a batch as plain arrays, whose gradients are computed at once. */
export interface MicroBatch {
  inputs: InputArrays | FeatureArrays;
  /** Metres, [B,H,W]. */
  truth: { data: Float32Array; shape: [number, number, number] };
  /** 1 where the truth is known, [B,H,W]. */
  valid: { data: Float32Array; shape: [number, number, number] };
  /** Its share of the batch's images. */
  weight: number;
  dropoutSeed: number;
}

/** Makes micro-batches of batches. */
export class MicroBatches {
  /** For each micro-batch, kept from step to step: new ones of some megabytes would keep the garbage collector busy. */
  private readonly maps: DepthMaps[] = [];

  constructor(
    private readonly processor: Processor,
    private readonly seed: number,
  ) {}

  /**
   * The depth in what it returns is overwritten by the next call.
   *
   * @param size Images in a micro-batch.
   * @param step Number of the training step, for its dropout.
   * @throws if the batch is empty, its depth maps differ in size, or only some of its examples have features.
   */
  async prepare(batch: TrainingBatch, size: number, step: number): Promise<MicroBatch[]> {
    const { height, width } = commonSize(batch);
    const batches: MicroBatch[] = [];
    for (let index = 0; index * size < batch.length; index++) {
      const examples = batch.slice(index * size, (index + 1) * size);
      const shape: [number, number, number] = [examples.length, height, width];
      const { depth, valid } = await this.depthMaps(examples, index);
      batches.push({
        inputs: await this.inputs(examples),
        truth: { data: depth, shape },
        valid: { data: valid, shape },
        weight: examples.length / batch.length,
        // An integer below 2²⁴, which float32 holds: of batches with fewer than 1024 parts it comes again after 16,384 steps.
        dropoutSeed: (this.seed * 7919 + step * 1024 + index) % 2 ** 24,
      });
    }
    return batches;
  }

  private async inputs(examples: TrainingBatch): Promise<MicroBatch['inputs']> {
    const images = examples.map(({ image }) => image);
    const features = examples.flatMap((each) => each.features ?? []);
    if (features.length === 0) return (await this.processor.prepare(images)).inputs;
    if (features.length === images.length) return this.processor.prepareFeatures(images, features);
    throw new Error(
      `${features.length} of ${images.length} examples of a batch have features: give them to all, or to none.`,
    );
  }

  /** The depth of examples in one array, and where it is known. */
  private async depthMaps(examples: TrainingBatch, microBatch: number): Promise<DepthMaps> {
    const pixels = examples[0]!.depth.length;
    const length = examples.length * pixels;
    if (this.maps[microBatch]?.depth.length !== length) {
      this.maps[microBatch] = { depth: new Float32Array(length), valid: new Float32Array(length) };
    }
    const { depth, valid } = this.maps[microBatch]!;
    for (const [index, example] of examples.entries()) {
      for (let pixel = 0, at = index * pixels; pixel < pixels; pixel++, at++) {
        const metres = example.depth[pixel]!;
        const isKnown = metres > 0 && metres < Number.POSITIVE_INFINITY && example.valid?.[pixel] !== 0;
        // 1 where it is unknown: the loss ignores it, and its logarithm is finite.
        depth[at] = isKnown ? metres : 1;
        valid[at] = isKnown ? 1 : 0;
      }
      await nextTurn();
    }
    return { depth, valid };
  }
}

interface DepthMaps {
  depth: Float32Array;
  valid: Float32Array;
}

function commonSize(batch: TrainingBatch): { height: number; width: number } {
  if (batch.length === 0) throw new Error('A training step needs at least one image, but the batch is empty.');
  const { height, width } = sizeOf(batch[0]!);
  for (const [index, example] of batch.entries()) {
    const name = example.id ?? `image ${index}`;
    const own = sizeOf(example);
    if (own.height !== height || own.width !== width) {
      throw new Error(
        `All depth maps in a batch must have the same size: "${name}" is ${own.width}×${own.height}, expected ${width}×${height}.`,
      );
    }
    for (const [what, values] of Object.entries({ depth: example.depth, valid: example.valid })) {
      if (values && values.length !== height * width) {
        throw new Error(`"${name}" is ${width}×${height}, but its ${what} has ${values.length} values.`);
      }
    }
  }
  return { height, width };
}

function sizeOf({ image, depthWidth = image.width, depthHeight = image.height }: TrainingExample) {
  return { height: depthHeight, width: depthWidth };
}
