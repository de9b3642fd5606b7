import {
  type ConfigurationKeys,
  readTransformerConfiguration,
  writeTransformerConfiguration,
} from '@llm-mde/checkpoints';
import { type ActivationName, checkActivation } from '@llm-mde/nn';

/** The parts of a GPT-2 `config.json` that decide what is computed. */
export interface Gpt2Configuration {
  vocabularySize: number;
  /** Width D of the tokens. */
  hiddenSize: number;
  layerCount: number;
  headCount: number;
  /** Width of the hidden layer of each layer's feed-forward part. */
  intermediateSize: number;
  /** Number of position embeddings, hence the longest sequence. */
  maximumLength: number;
  /** @default 'gelu_new' */
  activation?: ActivationName;
  layerNormEpsilon: number;
  embeddingDropout: number;
  attentionDropout: number;
  residualDropout: number;
}

/**
 * Reads the `config.json` of a GPT-2 checkpoint. Absent keys have the defaults of Hugging Face's `GPT2Config`.
 * @throws if an option of it is not supported.
 */
export function readGpt2Configuration(json: Record<string, unknown>): Gpt2Configuration {
  const supported = { scale_attn_weights: true, scale_attn_by_inverse_layer_idx: false, add_cross_attention: false };
  for (const [key, value] of Object.entries(supported)) {
    if ((json[key] ?? value) !== value) {
      throw new Error(`config.json: "${key}" is ${JSON.stringify(json[key])}; GPT-2 here supports only ${value}.`);
    }
  }
  checkActivation({ activation_function: 'gelu_new', ...json }, 'activation_function', 'config.json');
  const { n_inner, ...rest } = json;
  const values = readTransformerConfiguration(rest, KEYS, 'config.json');
  const intermediateSize = n_inner ?? 4 * values.hiddenSize;
  if (typeof intermediateSize !== 'number') {
    throw new Error(`config.json: "n_inner" must be a number, got ${JSON.stringify(n_inner)}.`);
  }
  return { ...values, intermediateSize };
}

/** The inverse: the `config.json` that Hugging Face's `GPT2Model` takes. */
export function writeGpt2Configuration(configuration: Gpt2Configuration): Record<string, unknown> {
  return {
    model_type: 'gpt2',
    architectures: ['GPT2Model'],
    ...writeTransformerConfiguration(configuration, KEYS),
    n_inner: configuration.intermediateSize,
  };
}

const KEYS: ConfigurationKeys<Omit<Gpt2Configuration, 'intermediateSize'>> = {
  vocabularySize: ['vocab_size', 50_257],
  hiddenSize: ['n_embd', 768],
  layerCount: ['n_layer', 12],
  headCount: ['n_head', 12],
  maximumLength: ['n_positions', 1024],
  activation: ['activation_function', 'gelu_new'],
  layerNormEpsilon: ['layer_norm_epsilon', 1e-5],
  embeddingDropout: ['embd_pdrop', 0.1],
  attentionDropout: ['attn_pdrop', 0.1],
  residualDropout: ['resid_pdrop', 0.1],
};
