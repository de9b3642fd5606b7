import {
  type ConfigurationKeys,
  readTransformerConfiguration,
  writeTransformerConfiguration,
} from '@llm-mde/checkpoints';
import { type ActivationName, checkActivation } from '@llm-mde/nn';

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
  /** Of each layer's feed-forward part. @default 'gelu' */
  activation?: ActivationName;
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
  const supported = { position_embedding_type: 'absolute', is_decoder: false };
  for (const [key, value] of Object.entries(supported)) {
    if ((json[key] ?? value) !== value) {
      throw new Error(
        `config.json: "${key}" is ${JSON.stringify(json[key])}; BERT here supports only ${JSON.stringify(value)}.`,
      );
    }
  }
  checkActivation(json, 'hidden_act', 'config.json');
  return { ...readTransformerConfiguration(json, KEYS, 'config.json'), pooler: false };
}

/** The inverse: the `config.json` that Hugging Face's `BertModel` takes. Whether there is a pooler shows in the weights. */
export function writeBertConfiguration(configuration: BertConfiguration): Record<string, unknown> {
  const values = writeTransformerConfiguration(configuration, KEYS);
  return { model_type: 'bert', architectures: ['BertModel'], ...values };
}

const KEYS: ConfigurationKeys<Omit<BertConfiguration, 'pooler'>> = {
  vocabularySize: ['vocab_size', 30522],
  hiddenSize: ['hidden_size', 768],
  layerCount: ['num_hidden_layers', 12],
  headCount: ['num_attention_heads', 12],
  intermediateSize: ['intermediate_size', 3072],
  maximumLength: ['max_position_embeddings', 512],
  tokenTypeCount: ['type_vocab_size', 2],
  activation: ['hidden_act', 'gelu'],
  layerNormEpsilon: ['layer_norm_eps', 1e-12],
  hiddenDropout: ['hidden_dropout_prob', 0.1],
  attentionDropout: ['attention_probs_dropout_prob', 0.1],
};
