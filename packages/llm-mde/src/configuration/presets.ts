import type { LlmMdeConfiguration } from './configuration.js';
import { ConfigurationError } from './configuration-error.js';

export type PresetName = 'paper' | 'small' | 'tiny';

/**
 * A configuration by name.
 *
 * - `paper`: ViT-base at 224 and BERT-base with pretrained weights, 1000 prototypes, adapters as in scheme 3 of Table V.
 * - `small`: DINOv2-small at 224×168 and MiniLM with pretrained weights, adapters of rank 8, and metres by the photo's focal length.
 * - `tiny`: towers of a few hundred thousand parameters with random weights; trains in minutes on WebAssembly.
 *
 * @throws {ConfigurationError} if there is no such preset.
 */
export function preset(name: PresetName): LlmMdeConfiguration {
  if (!Object.hasOwn(PRESETS, name)) {
    throw new ConfigurationError(
      `Unknown preset "${name}". Expected ${Object.keys(PRESETS)
        .map((each) => `"${each}"`)
        .join(', ')}.`,
    );
  }
  return structuredClone(PRESETS[name]);
}

const PRESETS: Record<PresetName, LlmMdeConfiguration> = {
  paper: {
    vision: { pretrained: 'google/vit-base-patch16-224', lora: { rank: 96, alpha: 192, dropout: 0 } },
    // Table V gives BERT's rank, and no alpha; alpha = rank is a scale of 1.
    language: {
      mode: 'present',
      pretrained: 'google-bert/bert-base-uncased',
      lora: { rank: 32, alpha: 32, dropout: 0 },
    },
    reprogramming: { prototypeCount: 1000, headCount: 8, dropout: 0.1 },
    prompt: { style: 'adaptive' },
    head: { projectedChannels: 256, channels: [128, 64, 32], imageSkip: false },
    maximumDepth: 10,
    imageSize: 224,
    loss: { lambda: 0.85, form: 'squared' },
    optimization: {
      learningRate: 2e-5,
      weightDecay: 0.01,
      maximumGradientNorm: 1,
      microBatchSize: null,
      gradientCheckpointing: false,
    },
    seed: 0,
  },
  small: {
    vision: { pretrained: 'facebook/dinov2-small', lora: { rank: 8, alpha: 16, dropout: 0 } },
    language: {
      mode: 'present',
      pretrained: 'sentence-transformers/all-MiniLM-L6-v2',
      lora: { rank: 8, alpha: 16, dropout: 0 },
    },
    reprogramming: { prototypeCount: 1000, mapping: 'low-rank', headCount: 8, dropout: 0.1 },
    prompt: { style: 'adaptive', dataset: 'Photographs of rooms.', task: 'Find the depth.' },
    head: {
      layers: [3, 6, 9, 12],
      output: 'log',
      projectedChannels: 64,
      channels: [48, 96, 192, 384],
      imageSkip: false,
    },
    maximumDepth: 10,
    imageSize: [168, 224],
    // A field of view of 60° across the 224 pixels.
    camera: { focalLength: 194 },
    loss: { lambda: 0.5, form: 'root', gradientWeight: 5 },
    optimization: {
      learningRate: 5e-4,
      weightDecay: 0.01,
      maximumGradientNorm: 1,
      microBatchSize: null,
      gradientCheckpointing: false,
    },
    seed: 0,
  },
  tiny: {
    vision: {
      pretrained: null,
      configuration: {
        architecture: 'vit',
        hiddenSize: 64,
        layerCount: 4,
        headCount: 4,
        intermediateSize: 128,
        imageSize: 64,
        patchSize: 8,
        channelCount: 3,
        layerNormEpsilon: 1e-12,
        qkvBias: true,
        hiddenDropout: 0,
        attentionDropout: 0,
        layerScaleValue: 1,
        useSwigluFfn: false,
        pooler: false,
      },
      lora: { rank: 8, alpha: 16, dropout: 0 },
    },
    language: {
      mode: 'present',
      pretrained: null,
      configuration: {
        vocabularySize: 512,
        hiddenSize: 64,
        layerCount: 2,
        headCount: 4,
        intermediateSize: 128,
        maximumLength: 256,
        tokenTypeCount: 2,
        layerNormEpsilon: 1e-12,
        hiddenDropout: 0.1,
        attentionDropout: 0.1,
        pooler: false,
      },
      lora: { rank: 8, alpha: 8, dropout: 0 },
    },
    reprogramming: { prototypeCount: 64, headCount: 4, dropout: 0.1 },
    prompt: { style: 'adaptive' },
    head: { projectedChannels: 48, channels: [32, 24, 16], imageSkip: true },
    maximumDepth: 10,
    imageSize: 64,
    loss: { lambda: 0.85, form: 'squared' },
    optimization: {
      learningRate: 2e-3,
      weightDecay: 0.01,
      maximumGradientNorm: 1,
      microBatchSize: null,
      gradientCheckpointing: false,
    },
    seed: 0,
  },
};
