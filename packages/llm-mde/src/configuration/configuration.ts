import type { BertConfiguration } from '@llm-mde/language-model';
import { ACTIVATIONS, type ActivationName } from '@llm-mde/nn';
import { PROMPT_STYLES } from '@llm-mde/prompts';
import type { VisionEncoderConfiguration } from '@llm-mde/vision-encoder';
import * as z from 'zod/mini';
import { ConfigurationError } from './configuration-error.js';
import { boolean, count, inRange, list, notNegative, oneOf, positive, probability, section, text } from './rules.js';

/** No tower, layer or picture is as large. */
const WIDEST = 65_536;

const lora = section(
  {
    /** Rank r of the update. */
    rank: count(WIDEST),
    /** The update is scaled by alpha / rank. */
    alpha: positive(1e6),
    /** Dropout on the input of the adapters. */
    dropout: probability,
    /** Names of the adapted layers, as PEFT matches them. @default query and value in ViT; query, key and value in BERT */
    targetModules: z.optional(list(text(), 'a list of strings')),
    /** Scale by alpha / √rank. @default false */
    rankStabilized: z.optional(boolean()),
  },
  'an object, or null',
);

const activation = z.optional(oneOf(...(Object.keys(ACTIVATIONS) as ActivationName[])));

const layers = {
  activation,
  hiddenSize: count(WIDEST),
  layerCount: count(1000),
  headCount: count(WIDEST),
  intermediateSize: count(WIDEST),
  layerNormEpsilon: positive(1),
  hiddenDropout: probability,
  attentionDropout: probability,
  pooler: boolean(),
};

const visionConfiguration = section({
  ...layers,
  architecture: oneOf('vit', 'dinov2'),
  imageSize: count(WIDEST),
  patchSize: count(WIDEST),
  channelCount: count(WIDEST),
  qkvBias: boolean(),
  layerScaleValue: z.number('a number'),
  useSwigluFfn: boolean(),
  useMaskToken: z.optional(boolean()),
  poolerActivation: activation,
} satisfies Record<keyof VisionEncoderConfiguration, unknown>);

const languageConfiguration = section({
  ...layers,
  vocabularySize: count(500_000),
  maximumLength: count(WIDEST),
  tokenTypeCount: count(WIDEST),
} satisfies Record<keyof BertConfiguration, unknown>);

const tower = <Configuration extends z.ZodMiniType>(configuration: Configuration) => ({
  /** A repository on the Hugging Face hub or a local folder; null for random weights of the given configuration. */
  pretrained: z.nullable(text('a non-empty string, or null')),
  /** Branch, tag or commit of the repository. @default 'main' */
  revision: z.optional(text()),
  /** For random weights. A language model's vocabulary is then a small one of this package, filled up with unused tokens. */
  configuration: z.optional(configuration),
  /** Adapters, or null for a frozen tower. Not used if the tower is absent. */
  lora: z.nullable(lora),
  /** Train the tower's own weights too, as one with random weights needs; word embeddings stay frozen. @default false */
  fullFineTuning: z.optional(boolean()),
});

const hasWeights = z.refine<{ pretrained: string | null; configuration?: unknown }>(
  ({ pretrained, configuration }) => pretrained !== null || configuration !== undefined,
  { path: ['configuration'], error: 'given if "pretrained" is null' },
);

const loss = section({
  /**
   * How much of an error that is common to the whole image is forgiven: 0 is the mean squared log error, 1 ignores the image's scale.
   * @default 0.85, the released code's; Eigen et al. use 0.5
   */
  lambda: z.optional(inRange(0, 1)),
  /**
   * 'squared' is equation 3 of the paper; 'root' is 10·√ of it, as the released code and the BTS family have it.
   * @default 'squared'
   */
  form: z.optional(oneOf('squared', 'root')),
  /** Weight of the gradient matching term, which makes edges and surfaces sharp. @default 0, the paper's */
  gradientWeight: z.optional(inRange(0, 1000)),
});

const optimization = section({
  /** What `trainStep` uses unless it is given another. */
  learningRate: notNegative,
  /** Decay of matrices and filters; biases, normalization and other vectors are not decayed. */
  weightDecay: notNegative,
  /** All gradients together are scaled down to this norm; null for no limit. */
  maximumGradientNorm: z.nullable(positive(1e9, 'a positive number, or null')),
  /** `trainStep` computes so many images at a time and adds up their gradients; null for the whole batch at once. */
  microBatchSize: z.nullable(count(WIDEST, 'a positive integer, or null')),
  /** Compute each tower's blocks again in the backward pass: less memory for one more forward pass. */
  gradientCheckpointing: boolean(),
  /**
   * Decay of an exponential moving average of the trained weights, one step after another; see `LlmMde.withAverages`. Between 0.99 and 0.999 for
   * hundreds to thousands of steps. @default no average
   */
  averageDecay: z.optional(inRange(0, 1)),
  /**
   * 'int8-frozen' computes with the frozen weights of the towers in 8 bits, forward and backward, but for `quantization.float32`; what is trained stays in
   * float32. On processors with a `compiler` that makes graphs. @default 'float32'
   */
  precision: z.optional(oneOf('float32', 'int8-frozen')),
});

const seed = 'an integer from 0 to 4294967295';

export const SCHEMA = section({
  vision: section(tower(visionConfiguration)).check(hasWeights),
  language: section({
    // Vocabulary, word embeddings and tokenizer come from here in every mode.
    ...tower(languageConfiguration),
    /**
     * 'present' processes prompt and patches; 'random' does so with random weights (word embeddings keep theirs); 'absent' leaves the tower out, and
     * the reprogrammed patches go straight to the head (for "no prompt" the released code does that too, which mixes up two effects); 'attention' has one
     * attention layer of the same width in its place, trained from nothing.
     */
    mode: oneOf('present', 'random', 'absent', 'attention'),
    /** Keep only the first layers. @default all */
    layerCount: z.optional(count(1000)),
    /**
     * Which tokens a token of a decoder sees: the prompt and the patches before it, as it was trained, or all. Encoders always see all.
     * @default 'causal'
     */
    attention: z.optional(oneOf('causal', 'full')),
  }).check(hasWeights),
  reprogramming: section({
    /** V', the number of text prototypes. */
    prototypeCount: count(WIDEST),
    /**
     * How prototypes follow from the words: 'linear' as in the paper, V'·V trained numbers; 'low-rank'; or 'clusters', made once by k-means and frozen.
     * @default 'linear'
     */
    mapping: z.optional(oneOf('linear', 'low-rank', 'clusters')),
    /** Rank of the mapping 'low-rank'. @default 32 */
    mappingRank: z.optional(count(WIDEST)),
    headCount: count(WIDEST),
    /** Width of one head. @default ⌊D / headCount⌋ */
    headFeatures: z.optional(count(WIDEST)),
    /** On the attention weights. */
    dropout: probability,
  }),
  prompt: section({
    /** 'adaptive' is the paper's LLM-MDE-A, 'fixed' B, 'none' C; 'scene' says what kind of room the image shows. */
    style: oneOf(...PROMPT_STYLES),
    /** What the images are, in a sentence. @default NYU's */
    dataset: z.optional(text()),
    /** What the model has to do, in a sentence. @default metric depth from one image */
    task: z.optional(text()),
    /** Prompts are padded to the longest that there can be, rounded up to a multiple of this. @default 16 */
    multipleOf: z.optional(count(4096)),
  }),
  head: section({
    /**
     * Blocks of the vision encoder, counted from 1 and in order, whose patches the head is given beside the language model's output. The head is then
     * DPT's: `channels` are those of its levels, one for each block and the finest first, `projectedChannels` those in which they are added up.
     * @default the paper's head, on the language model's output alone
     */
    layers: z.optional(list(count(1000), 'a list of positive integers')),
    /** 'sigmoid' of `maximumDepth`, as in the paper, or 'log': the logarithm of depth, without an upper end. @default 'sigmoid' */
    output: z.optional(oneOf('sigmoid', 'log')),
    /** Channels after the head's first linear layer. */
    projectedChannels: count(WIDEST),
    /** Channels after each UpsampleBN stage. */
    channels: list(count(WIDEST), 'a list of positive integers').check(z.maxLength(8, 'a list of at most 8 numbers')),
    /** Give each stage the image too, as the released code does. */
    imageSkip: boolean(),
  }),
  /** Depth at a sigmoid output of 1, in metres. */
  maximumDepth: positive(1e6),
  /**
   * What images are resized to, in pixels: the side of a square, or height and width, which upright images take the other way round if it is wide.
   * Multiples of the patch size.
   */
  imageSize: z.union(
    [count(8192), z.tuple([count(8192), count(8192)])],
    'a positive integer, or two: height and width',
  ),
  /**
   * The network sees all images as if one camera had taken them, and metres follow from each image's focal length; null for depth that knows
   * no camera, as in the paper.
   * @default null
   */
  camera: z.optional(
    z.nullable(
      section(
        {
          /** Of this canonical camera, in pixels of the resized image. */
          focalLength: positive(1e6),
        },
        'an object, or null',
      ),
    ),
  ),
  /**
   * All depth is multiplied by it, in training too: what a model's depth is wrong by on one's own camera and rooms, such as `llm-mde calibrate` finds it.
   * @default 1
   */
  depthScale: z.optional(positive(1e6)),
  quantization: z.optional(
    section({
      /**
       * Layers of the towers that stay in float32 where the others are computed in 8 bits, such as `vision.encoder.layer.0.mlp.fc1`: those whose error is
       * largest, as `llm-mde quantize` measures it.
       */
      float32: z.array(text(), 'a list of names of layers'),
    }),
  ),
  loss,
  optimization,
  /** Of all random numbers: initial values and dropout. An integer from 0 to 2³² − 1. */
  seed: z.int(seed).check(z.gte(0, seed), z.lte(2 ** 32 - 1, seed)),
});

/** Everything that decides what an LLM-MDE model is: `config.json` of a saved model holds exactly this. */
export type LlmMdeConfiguration = z.infer<typeof SCHEMA>;
/** Low-rank adapters on one tower. */
export type LoraTowerConfiguration = z.infer<typeof lora>;
export type ScaleInvariantLossOptions = z.infer<typeof loss>;
export type OptimizationConfiguration = z.infer<typeof optimization>;

/** Parts of a configuration; what is absent keeps the preset's value. */
export type LlmMdeOptions = {
  [Section in keyof LlmMdeConfiguration]?: Partial<LlmMdeConfiguration[Section]>;
};

/**
 * A configuration with some values replaced, section by section: `configure(preset('paper'), { prompt: { style: 'fixed' } })`.
 *
 * @throws {ConfigurationError} if a section does not exist.
 */
export function configure(base: LlmMdeConfiguration, ...changes: readonly LlmMdeOptions[]): LlmMdeConfiguration {
  const configured: Record<string, unknown> = structuredClone(base);
  for (const options of changes) {
    for (const [name, value] of Object.entries(options)) {
      if (!(name in SCHEMA.shape)) {
        throw new ConfigurationError(`There is no option "${name}": use ${Object.keys(SCHEMA.shape).join(', ')}.`);
      }
      const isSection = typeof value === 'object' && value !== null && !Array.isArray(value);
      configured[name] = isSection ? { ...(configured[name] as object), ...structuredClone(value) } : value;
    }
  }
  return configured as LlmMdeConfiguration;
}
