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
     * 'present' processes prompt and patches; 'random' does so with random weights (word embeddings keep theirs); 'absent' leaves the tower out, and
     * the reprogrammed patches go straight to the head. (For "no prompt" the released code does that too, which mixes up two effects.)
     */
    mode: 'present' | 'random' | 'absent';
    /** As for `vision`. Vocabulary, word embeddings and tokenizer come from here in every mode. */
    pretrained: string | null;
    /** @default 'main' */
    revision?: string;
    /** For random weights. The vocabulary is then a small one of this package, filled up with unused tokens. */
    configuration?: BertConfiguration;
    /** Keep only the first layers. @default all */
    layerCount?: number;
    /** Adapters, or null for a frozen tower. Not used if the tower is absent. */
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
  /** Depth at a sigmoid output of 1, in metres. */
  maximumDepth: number;
  /** Side of the square that images are resized to, in pixels; a multiple of the patch size. */
  imageSize: number;
  loss: ScaleInvariantLossOptions;
  optimization: OptimizationConfiguration;
  /** Of all random numbers: initial values and dropout. An integer from 0 to 2³² − 1. */
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
