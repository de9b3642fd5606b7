import type { CompiledFunction, Compiler, TensorData } from '@llm-mde/compile/eager';
import type { RawImage } from '@llm-mde/vision-encoder';
import type * as tf from '@tensorflow/tfjs-core';
import type { Processor, VisionFeatures } from '../inputs/processor.js';
import { type Network, sameMembers } from '../network/network.js';

/** Computes what a frozen vision tower makes of images, as one compiled function. */
export class VisionFeatureExtractor {
  private compute: CompiledFunction<[tf.Tensor4D], tf.Tensor5D> | undefined;
  /** The weights that it was compiled with. */
  private weights: readonly unknown[] = [];

  constructor(
    private readonly network: Network,
    private readonly processor: Processor,
    private readonly compiler: Compiler,
  ) {}

  /** See `LlmMde.visionFeatures`. Calls must not overlap. */
  async run(
    images: readonly RawImage[],
    size: readonly [number, number] = this.processor.sizeFor(images),
  ): Promise<VisionFeatures[]> {
    this.network.checkVisionIsFrozen();
    const weights = this.network.structure();
    if (!sameMembers(weights, this.weights)) await this.dispose();
    this.weights = weights;
    this.compute ??= this.compiler((pixels) => this.network.inEvaluation(() => this.network.visionFeatures(pixels)));
    const features: VisionFeatures[] = [];
    // One by one: an image's features depend on no other, and there is one graph for each size.
    for (const image of images) features.push(await this.featuresOf(await this.processor.pixelValues([image], size)));
    return features;
  }

  /** Frees the graph; another `run` makes it again. */
  async dispose(): Promise<void> {
    const { compute } = this;
    this.compute = undefined;
    await compute?.dispose();
  }

  private async featuresOf(pixelValues: TensorData): Promise<VisionFeatures> {
    const tensor = await this.compute!(pixelValues);
    try {
      const [, ...shape] = tensor.shape;
      return { data: await tensor.data<'float32'>(), shape };
    } finally {
      tensor.dispose();
    }
  }
}
