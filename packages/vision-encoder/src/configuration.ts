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
  layerNormEpsilon: number;
  /** Whether the query, key and value projections have biases. */
  qkvBias: boolean;
  hiddenDropout: number;
  attentionDropout: number;
  /** DINOv2: initial value of the factors on both branches of each block. */
  layerScaleValue: number;
  /** DINOv2-giant: a gated feed-forward part (SwiGLU) instead of an MLP. */
  useSwigluFfn: boolean;
  /** Whether a tanh pooler on the class token follows, as in ViT checkpoints without a classification head. */
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
    throw new Error(`${source} has model_type "${architecture}". Expected "vit" or "dinov2".`);
  }
  if ((values.hidden_act ?? 'gelu') !== 'gelu') {
    throw new Error(`${source} asks for the activation "${values.hidden_act}"; only "gelu" is supported.`);
  }
  const number = (key: string, fallback: number) => {
    const value = values[key] ?? fallback;
    if (typeof value !== 'number')
      throw new Error(`${source}: "${key}" must be a number, got ${JSON.stringify(value)}.`);
    return value;
  };
  const dinov2 = architecture === 'dinov2';
  const hiddenSize = number('hidden_size', 768);
  const configuration: VisionEncoderConfiguration = {
    architecture,
    hiddenSize,
    layerCount: number('num_hidden_layers', 12),
    headCount: number('num_attention_heads', 12),
    intermediateSize: dinov2 ? hiddenSize * number('mlp_ratio', 4) : number('intermediate_size', 3072),
    imageSize: number('image_size', 224),
    patchSize: number('patch_size', dinov2 ? 14 : 16),
    channelCount: number('num_channels', 3),
    layerNormEpsilon: number('layer_norm_eps', dinov2 ? 1e-6 : 1e-12),
    qkvBias: values.qkv_bias !== false,
    hiddenDropout: number('hidden_dropout_prob', 0),
    attentionDropout: number('attention_probs_dropout_prob', 0),
    layerScaleValue: number('layerscale_value', 1),
    useSwigluFfn: values.use_swiglu_ffn === true,
    pooler: false,
  };
  if (hiddenSize % configuration.headCount !== 0) {
    throw new Error(
      `${source}: hidden_size ${hiddenSize} must be divisible by num_attention_heads ${configuration.headCount}.`,
    );
  }
  return configuration;
}

/**
 * The inverse: the `config.json` that Hugging Face's `ViTModel` or `Dinov2Model` takes. Whether there is a pooler shows in the weights.
 */
export function writeVisionEncoderConfiguration(configuration: VisionEncoderConfiguration): Record<string, unknown> {
  const { architecture, hiddenSize, intermediateSize, qkvBias } = configuration;
  const dinov2 = architecture === 'dinov2';
  return {
    model_type: architecture,
    architectures: [dinov2 ? 'Dinov2Model' : 'ViTModel'],
    hidden_act: 'gelu',
    hidden_size: hiddenSize,
    num_hidden_layers: configuration.layerCount,
    num_attention_heads: configuration.headCount,
    image_size: configuration.imageSize,
    patch_size: configuration.patchSize,
    num_channels: configuration.channelCount,
    layer_norm_eps: configuration.layerNormEpsilon,
    qkv_bias: qkvBias,
    hidden_dropout_prob: configuration.hiddenDropout,
    attention_probs_dropout_prob: configuration.attentionDropout,
    ...(dinov2
      ? {
          mlp_ratio: intermediateSize / hiddenSize,
          layerscale_value: configuration.layerScaleValue,
          use_swiglu_ffn: configuration.useSwigluFfn,
        }
      : { intermediate_size: intermediateSize }),
  };
}
