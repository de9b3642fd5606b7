/** The parts of a BERT `config.json` that decide what is computed. */
export interface BertConfiguration {
  vocabularySize: number;
  /** Width D of the tokens. */
  hiddenSize: number;
  layerCount: number;
  headCount: number;
  /** Width of the hidden layer of each layer's feed-forward part. */
  intermediateSize: number;
  /** Number of position embeddings, hence the longest sequence. */
  maximumLength: number;
  tokenTypeCount: number;
  layerNormEpsilon: number;
  hiddenDropout: number;
  attentionDropout: number;
  /** Whether a tanh pooler on the first token follows. */
  pooler: boolean;
}

/**
 * Reads the `config.json` of a BERT checkpoint. Absent keys have the defaults of Hugging Face's `BertConfig`.
 * @throws if an option of it is not supported.
 */
export function readBertConfiguration(json: Record<string, unknown>): BertConfiguration {
  const supported = { hidden_act: 'gelu', position_embedding_type: 'absolute', is_decoder: false };
  for (const [key, value] of Object.entries(supported)) {
    if ((json[key] ?? value) !== value) {
      throw new Error(
        `config.json: "${key}" is ${JSON.stringify(json[key])}; BERT here supports only ${JSON.stringify(value)}.`,
      );
    }
  }
  const number = (key: string, fallback: number) => {
    const value = json[key] ?? fallback;
    if (typeof value !== 'number')
      throw new Error(`config.json: "${key}" must be a number, got ${JSON.stringify(value)}.`);
    return value;
  };
  const configuration: BertConfiguration = {
    vocabularySize: number('vocab_size', 30522),
    hiddenSize: number('hidden_size', 768),
    layerCount: number('num_hidden_layers', 12),
    headCount: number('num_attention_heads', 12),
    intermediateSize: number('intermediate_size', 3072),
    maximumLength: number('max_position_embeddings', 512),
    tokenTypeCount: number('type_vocab_size', 2),
    layerNormEpsilon: number('layer_norm_eps', 1e-12),
    hiddenDropout: number('hidden_dropout_prob', 0.1),
    attentionDropout: number('attention_probs_dropout_prob', 0.1),
    pooler: false,
  };
  if (configuration.hiddenSize % configuration.headCount !== 0) {
    throw new Error(
      `config.json: hidden_size ${configuration.hiddenSize} must be divisible by num_attention_heads ${configuration.headCount}.`,
    );
  }
  return configuration;
}

/** The inverse: the `config.json` that Hugging Face's `BertModel` takes. Whether there is a pooler shows in the weights. */
export function writeBertConfiguration(configuration: BertConfiguration): Record<string, unknown> {
  return {
    model_type: 'bert',
    architectures: ['BertModel'],
    hidden_act: 'gelu',
    vocab_size: configuration.vocabularySize,
    hidden_size: configuration.hiddenSize,
    num_hidden_layers: configuration.layerCount,
    num_attention_heads: configuration.headCount,
    intermediate_size: configuration.intermediateSize,
    max_position_embeddings: configuration.maximumLength,
    type_vocab_size: configuration.tokenTypeCount,
    layer_norm_eps: configuration.layerNormEpsilon,
    hidden_dropout_prob: configuration.hiddenDropout,
    attention_probs_dropout_prob: configuration.attentionDropout,
  };
}
