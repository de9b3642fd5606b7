import type { BertConfiguration } from '@llm-mde/language-model';
import type { PromptStyle } from '@llm-mde/prompts';
import type { VisionEncoderConfiguration } from '@llm-mde/vision-encoder';
import { ConfigurationError } from './configuration-error.js';

/** Low-rank adapters on one tower. */
export interface LoraTowerConfiguration {
  /** Rank r of the update. */
  rank: number;
  /** The update is scaled by alpha / rank. */
  alpha: number;
  /** Dropout on the input of the adapters. */
  dropout: number;
  /** Names of the adapted layers, as PEFT matches them. @default query and value in ViT; query, key and value in BERT */
  targetModules?: string[];
  /** Scale by alpha / √rank. @default false */
  rankStabilized?: boolean;
}

/** Everything that decides what an LLM-MDE model is: `config.json` of a saved model holds exactly this. */
export interface LlmMdeConfiguration {
  vision: {
    /** A repository on the Hugging Face hub or a local folder; null for random weights of the given configuration. */
    pretrained: string | null;
    /** Branch, tag or commit of the repository. @default 'main' */
    revision?: string;
    /** For random weights. */
    configuration?: VisionEncoderConfiguration;
    /** Adapters, or null for a frozen tower. */
    lora: LoraTowerConfiguration | null;
    /** Train the tower's own weights too, as one with random weights needs. @default false */
    fullFineTuning?: boolean;
  };
  language: {
    /**
     * 'present' reads prompt and patches; 'random' does so with random weights (the words keep theirs); 'absent' leaves the tower out, and
     * the reprogrammed patches go straight to the head. (For "no prompt" the released code does that too, which mixes up two effects.)
     */
    mode: 'present' | 'random' | 'absent';
    /** As for `vision`. The words, their embeddings and the tokenizer come from here in every mode. */
    pretrained: string | null;
    /** @default 'main' */
    revision?: string;
    /** For random weights. The vocabulary is then a small one of this package, filled up with unused places. */
    configuration?: BertConfiguration;
    /** Keep only the first layers. @default all */
    layerCount?: number;
    /** Adapters, or null for a frozen tower. Not used where the tower is absent. */
    lora: LoraTowerConfiguration | null;
    /** As for `vision`; the word embeddings stay frozen. @default false */
    fullFineTuning?: boolean;
  };
  reprogramming: {
    /** V', the number of text prototypes. */
    prototypeCount: number;
    headCount: number;
    /** Width of one head. @default ⌊D / headCount⌋ */
    headFeatures?: number;
    /** On the attention weights. */
    dropout: number;
  };
  prompt: {
    /** 'adaptive' is the paper's LLM-MDE-A, 'fixed' B, 'none' C. */
    style: PromptStyle;
    /** What the images are, in a sentence. @default NYU's */
    dataset?: string;
    /** What the model has to do, in a sentence. @default metric depth from one image */
    task?: string;
    /** Prompts are padded to the longest that there can be, rounded up to a multiple of this. @default 16 */
    multipleOf?: number;
  };
  head: {
    /** Channels after the head's first linear layer. */
    projectedChannels: number;
    /** Channels after each UpsampleBN stage. */
    channels: number[];
    /** Give each stage the image too, as the released code does. */
    imageSkip: boolean;
  };
  /** The depth that the sigmoid's 1 stands for, in metres. */
  maximumDepth: number;
  /** Side of the square that images are resized to, in pixels; a multiple of the patch size. */
  imageSize: number;
  loss: ScaleInvariantLossOptions;
  optimization: OptimizationConfiguration;
  /** Of all random numbers: initial values and dropout. A whole number from 0 to 2³² − 1. */
  seed: number;
}

export interface ScaleInvariantLossOptions {
  /**
   * How much of an error that is common to the whole image is forgiven: 0 is the mean squared log error, 1 ignores the image's scale.
   * @default 0.85, the released code's; Eigen et al. use 0.5
   */
  lambda?: number;
  /**
   * 'squared' is equation 3 of the paper; 'root' is 10·√ of it, as the released code and the BTS family have it.
   * @default 'squared'
   */
  form?: 'squared' | 'root';
}

export interface OptimizationConfiguration {
  /** What `trainStep` uses unless it is given another. */
  learningRate: number;
  /** Decay of matrices and filters; biases, normalization and other vectors are not decayed. */
  weightDecay: number;
  /** All gradients together are scaled down to this norm; null for no limit. */
  maximumGradientNorm: number | null;
  /** `trainStep` computes so many images at a time and adds up their gradients; null for the whole batch at once. */
  microBatchSize: number | null;
  /** Compute each tower's blocks again in the backward pass: less memory for one more forward pass. */
  gradientCheckpointing: boolean;
}

/** Parts of a configuration; what is absent keeps the preset's value. */
export type LlmMdeOptions = {
  [Section in keyof LlmMdeConfiguration]?: LlmMdeConfiguration[Section] extends number
    ? number
    : Partial<LlmMdeConfiguration[Section]>;
};

export type PresetName = 'paper' | 'tiny';

/**
 * A configuration by name.
 *
 * - `paper`: ViT-base at 224 and BERT-base with pretrained weights, 1000 prototypes, adapters as in scheme 3 of Table V.
 * - `tiny`: towers of a few hundred thousand parameters with random weights; trains in minutes on WebAssembly.
 *
 * @throws {ConfigurationError} if there is no such preset.
 */
export function preset(name: PresetName): LlmMdeConfiguration {
  if (!Object.hasOwn(PRESETS, name)) {
    throw new ConfigurationError(
      `Unknown preset "${name}". Expected ${Object.keys(PRESETS)
        .map((each) => `"${each}"`)
        .join(' or ')}.`,
    );
  }
  return structuredClone(PRESETS[name]);
}

/**
 * A configuration with some values replaced, section by section: `configure(preset('paper'), { prompt: { style: 'fixed' } })`.
 *
 * @throws {ConfigurationError} if a section does not exist.
 */
export function configure(base: LlmMdeConfiguration, ...changes: readonly LlmMdeOptions[]): LlmMdeConfiguration {
  const configured = structuredClone(base) as unknown as Record<string, unknown>;
  for (const options of changes) {
    for (const [section, value] of Object.entries(options)) {
      if (!(section in configured)) {
        throw new ConfigurationError(`There is no option "${section}": use ${Object.keys(configured).join(', ')}.`);
      }
      const isSection = typeof value === 'object' && value !== null;
      configured[section] = isSection ? { ...(configured[section] as object), ...structuredClone(value) } : value;
    }
  }
  return configured as unknown as LlmMdeConfiguration;
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
