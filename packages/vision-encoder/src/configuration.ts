import {
  type ConfigurationKeys,
  readTransformerConfiguration,
  writeTransformerConfiguration,
} from '@llm-mde/checkpoints';
import { type ActivationName, checkActivation } from '@llm-mde/nn';

/** What distinguishes one vision transformer from another, read from its `config.json`. */
export interface VisionEncoderConfiguration {
  architecture: 'vit' | 'dinov2';
  /** Width D of the tokens. */
  hiddenSize: number;
  layerCount: number;
  headCount: number;
  /** Width of the hidden layer of each block's feed-forward part. */
  intermediateSize: number;
  /** Side of the square image that the position embeddings were trained for, in pixels. */
  imageSize: number;
  /** Side of a square patch, in pixels. */
  patchSize: number;
  channelCount: number;
  /** Of each block's MLP; SwiGLU has its own. @default 'gelu' */
  activation?: ActivationName;
  /** Of the pooler. @default 'tanh' */
  poolerActivation?: ActivationName;
  layerNormEpsilon: number;
  /** Whether the query, key and value projections have biases. */
  qkvBias: boolean;
  hiddenDropout: number;
  attentionDropout: number;
  /** DINOv2: initial value of the factors on both branches of each block. */
  layerScaleValue: number;
  /** DINOv2-giant: a gated feed-forward part (SwiGLU) instead of an MLP. */
  useSwigluFfn: boolean;
  /** DINOv2: whether the checkpoint holds the token that replaces masked patches while it is pretrained. Nothing reads it. @default true */
  useMaskToken?: boolean;
  /** Whether a pooler on the class token follows, as in ViT checkpoints without a classification head. */
  pooler: boolean;
}

/**
 * Reads the `config.json` of a ViT or DINOv2 checkpoint. Absent keys have the defaults of Hugging Face's `ViTConfig` and
 * `Dinov2Config`.
 *
 * @param json The parsed file.
 * @param source Its name, for messages.
 * @throws if the model type, or an option of it, is not supported.
 */
export function readVisionEncoderConfiguration(json: unknown, source = 'config.json'): VisionEncoderConfiguration {
  if (typeof json !== 'object' || json === null) throw new Error(`${source} is not a JSON object.`);
  const values = json as Record<string, unknown>;
  const architecture = values.model_type;
  if (architecture !== 'vit' && architecture !== 'dinov2') {
    throw new Error(
      `${source} has model_type "${architecture}", which is not a vision encoder that can be read. Expected "vit" or "dinov2".`,
    );
  }
  for (const key of ['hidden_act', 'pooler_act']) checkActivation(values, key, source);
  const { intermediateSize, ...read } = readTransformerConfiguration(json, KEYS[architecture], source);
  return {
    architecture,
    layerScaleValue: 1,
    useSwigluFfn: false,
    pooler: false,
    ...read,
    intermediateSize: architecture === 'dinov2' ? read.hiddenSize * intermediateSize : intermediateSize,
  };
}

/**
 * The inverse: the `config.json` that Hugging Face's `ViTModel` or `Dinov2Model` takes. Whether there is a pooler shows in the weights.
 */
export function writeVisionEncoderConfiguration(configuration: VisionEncoderConfiguration): Record<string, unknown> {
  const { architecture, hiddenSize, intermediateSize } = configuration;
  const dinov2 = architecture === 'dinov2';
  const values = { ...configuration, intermediateSize: dinov2 ? intermediateSize / hiddenSize : intermediateSize };
  return {
    model_type: architecture,
    architectures: [dinov2 ? 'Dinov2Model' : 'ViTModel'],
    ...writeTransformerConfiguration(values, KEYS[architecture]),
  };
}

type OfOne = 'poolerActivation' | 'layerScaleValue' | 'useSwigluFfn' | 'useMaskToken';
type Keys = ConfigurationKeys<
  Omit<VisionEncoderConfiguration, 'architecture' | 'pooler' | OfOne> & Partial<Pick<VisionEncoderConfiguration, OfOne>>
>;

const KEYS_OF_BOTH: Keys = {
  hiddenSize: ['hidden_size', 768],
  layerCount: ['num_hidden_layers', 12],
  headCount: ['num_attention_heads', 12],
  intermediateSize: ['intermediate_size', 3072],
  imageSize: ['image_size', 224],
  patchSize: ['patch_size', 16],
  channelCount: ['num_channels', 3],
  activation: ['hidden_act', 'gelu'],
  layerNormEpsilon: ['layer_norm_eps', 1e-12],
  qkvBias: ['qkv_bias', true],
  hiddenDropout: ['hidden_dropout_prob', 0],
  attentionDropout: ['attention_probs_dropout_prob', 0],
};

const KEYS: Record<VisionEncoderConfiguration['architecture'], Keys> = {
  vit: { ...KEYS_OF_BOTH, poolerActivation: ['pooler_act', 'tanh'] },
  dinov2: {
    ...KEYS_OF_BOTH,
    intermediateSize: ['mlp_ratio', 4],
    patchSize: ['patch_size', 14],
    layerNormEpsilon: ['layer_norm_eps', 1e-6],
    layerScaleValue: ['layerscale_value', 1],
    useSwigluFfn: ['use_swiglu_ffn', false],
    useMaskToken: ['use_mask_token', true],
  },
};
