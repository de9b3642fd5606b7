import { createHash } from 'node:crypto';
import { inputSize, type LlmMde, type TrainingExample, type VisionFeatures } from 'llm-mde';
import type { TrainingConfiguration } from '../config/schema.js';
import { type CacheProgress, FeatureFiles } from '../run/feature-files.js';
import { inBatches } from '../run/shard.js';

export interface FeatureCacheOptions {
  model: LlmMde;
  /** Of the cache. */
  folder: string;
  training: TrainingConfiguration['training'];
  /** Number of training frames. */
  frames: number;
  note: (sentence: string) => void;
}

/**
 * Features of the frozen vision tower, each computed once. They are found by the image that they are of, augmented as it is, so that nothing
 * but the same pixels under the same weights has them.
 */
export class FeatureCache {
  private constructor(
    private readonly model: LlmMde,
    private readonly files: FeatureFiles,
    private readonly total: number,
  ) {}

  /** The cache of a run; undefined if its configuration has none. */
  static async open(options: FeatureCacheOptions): Promise<FeatureCache | undefined> {
    const { model, folder, training, frames, note } = options;
    if (!training.featureCache) return undefined;
    model.network.checkVisionIsFrozen();
    const { maxGigabytes } = training.featureCache;
    const files = await FeatureFiles.open(folder, {
      key: await fingerprint(model),
      maxBytes: maxGigabytes * GIGABYTE,
      onDamaged: (path) => note(`${path} is damaged or gone: its features are computed again.`),
    });
    const total = frames * variantsOf(training)!;
    const needed = (total * bytesOf(model)) / GIGABYTE;
    if (needed > maxGigabytes) {
      note(
        `The features of ${total} frames take ${needed.toFixed(1)} GB, but training.featureCache.maxGigabytes is ${maxGigabytes}: those that do ` +
          'not fit are computed each time.',
      );
    }
    return new FeatureCache(model, files, total);
  }

  get progress(): CacheProgress {
    const { count, bytes } = this.files;
    return { frames: count, total: this.total, bytes };
  }

  /** Adds to the examples of a step their features, computed if they are not there yet. */
  async addTo(examples: readonly TrainingExample[]): Promise<TrainingExample[]> {
    const { microBatchSize } = this.model.configuration.optimization;
    const added: TrainingExample[] = [];
    for (const part of inBatches(examples, microBatchSize ?? examples.length)) {
      const size = this.model.processor.sizeFor(part.map(({ image }) => image));
      for (const example of part) added.push({ ...example, features: await this.featuresOf(example, size) });
    }
    return added;
  }

  private async featuresOf({ image }: TrainingExample, size: readonly [number, number]): Promise<VisionFeatures> {
    const name = nameOf(image, size);
    const kept = await this.files.read(name);
    if (kept) return kept;
    const [computed] = await this.model.visionFeatures([image], { size });
    return this.files.write(name, computed!);
  }
}

/** Variants of each training frame; undefined for new ones in each epoch. */
export function variantsOf({ featureCache, augmentation }: TrainingConfiguration['training']): number | undefined {
  return featureCache ? (augmentation ? featureCache.variants : 1) : undefined;
}

const GIGABYTE = 1e9;

/** Of the features of one image, as float16. */
function bytesOf({ network: { featureLayers, vision }, configuration }: LlmMde): number {
  const { patchSize, hiddenSize } = vision.configuration;
  const [height, width] = inputSize(configuration);
  return 2 * featureLayers.length * (height / patchSize) * (width / patchSize) * hiddenSize;
}

/** Of everything that features follow from besides the image. */
async function fingerprint({ network, configuration }: LlmMde): Promise<string> {
  const { vision, featureLayers } = network;
  const { imageSize } = configuration;
  const hash = createHash('sha256');
  hash.update(JSON.stringify([vision.configuration, vision.preprocessor.configuration, imageSize, featureLayers]));
  for (const [name, { value }] of vision.namedState()) {
    const { buffer, byteOffset, byteLength } = await value.data<'float32'>();
    hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}

/** Of an image and of the size that it is resized to, which upright images and others share in a batch. */
function nameOf({ data, width, height, channels }: TrainingExample['image'], size: readonly number[]): string {
  const hash = createHash('sha256').update(`${width}×${height}×${channels} at ${size}`).update(data);
  return hash.digest('hex').slice(0, 32);
}
