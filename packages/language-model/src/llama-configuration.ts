import {
  type ConfigurationKeys,
  readTransformerConfiguration,
  writeTransformerConfiguration,
} from '@llm-mde/checkpoints';
import { type ActivationName, checkActivation } from '@llm-mde/nn';
import { type RotaryConfiguration, readRotaryConfiguration } from './rotary-positions.js';

/** The parts of a `config.json` of Llama's family that decide what is computed. */
export interface LlamaConfiguration {
  /** `model_type`: Llama, and Qwen2, which has biases where Llama has none. */
  family: 'llama' | 'qwen2';
  vocabularySize: number;
  /** Width D of the tokens. */
  hiddenSize: number;
  layerCount: number;
  /** Heads of queries. */
  headCount: number;
  /** Heads of keys and values, each of which serves headCount / keyValueHeadCount heads of queries. */
  keyValueHeadCount: number;
  headDim: number;
  /** Width of the hidden layer of each layer's feed-forward part. */
  intermediateSize: number;
  /** The longest sequence. */
  maximumLength: number;
  /** Of the feed-forward part's gate. @default 'silu' */
  activation?: ActivationName;
  rmsNormEpsilon: number;
  attentionDropout: number;
  rotary: RotaryConfiguration;
  /** Biases of the query, key and value projections, of the output projection, and of the feed-forward part. */
  biases: { queryKeyValue: boolean; output: boolean; feedForward: boolean };
  /** The head that predicts words: one of its own, the word embeddings, or none. */
  head: 'own' | 'tied' | 'none';
}

/**
 * Reads the `config.json` of a checkpoint of Llama's family. Absent keys have the defaults of Hugging Face's `LlamaConfig` and `Qwen2Config`.
 * @throws if an option of it is not supported.
 */
export function readLlamaConfiguration(
  json: Record<string, unknown>,
  family: LlamaConfiguration['family'],
): LlamaConfiguration {
  const source = 'config.json';
  if (json.use_sliding_window === true) {
    throw new Error(`${source}: "use_sliding_window" is true; attention over a window is not supported.`);
  }
  checkActivation({ hidden_act: 'silu', ...json }, 'hidden_act', source);
  const values = readTransformerConfiguration(json, KEYS[family], source);
  const { headCount, hiddenSize } = values;
  const { num_key_value_heads: keyValueHeadCount = headCount, head_dim } = json;
  const headDim = head_dim ?? hiddenSize / headCount;
  if (!isCount(keyValueHeadCount) || headCount % keyValueHeadCount !== 0) {
    throw new Error(
      `${source}: num_attention_heads ${headCount} must be divisible by num_key_value_heads ${keyValueHeadCount}.`,
    );
  }
  if (!isCount(headDim) || headDim % 2 !== 0) {
    throw new Error(`${source}: rotary positions need an even "head_dim", got ${JSON.stringify(headDim)}.`);
  }
  const attention = json.attention_bias === true;
  const biases =
    family === 'qwen2'
      ? { queryKeyValue: true, output: false, feedForward: false }
      : { queryKeyValue: attention, output: attention, feedForward: json.mlp_bias === true };
  const rotary = readRotaryConfiguration(json, source);
  return {
    family,
    ...values,
    keyValueHeadCount,
    headDim,
    rotary,
    biases,
    head: json.tie_word_embeddings === true ? 'tied' : 'none',
  };
}

/** The inverse: the `config.json` that Hugging Face's `LlamaModel` or `Qwen2Model` takes. */
export function writeLlamaConfiguration(configuration: LlamaConfiguration): Record<string, unknown> {
  const { family, keyValueHeadCount, headDim, rotary, biases, head } = configuration;
  const { scaling } = rotary;
  return {
    model_type: family,
    architectures: [family === 'llama' ? 'LlamaModel' : 'Qwen2Model'],
    ...writeTransformerConfiguration(configuration, KEYS[family]),
    num_key_value_heads: keyValueHeadCount,
    head_dim: headDim,
    rope_theta: rotary.theta,
    ...(scaling && {
      rope_scaling: {
        rope_type: scaling.type,
        factor: scaling.factor,
        ...(scaling.type === 'llama3' && {
          low_freq_factor: scaling.lowFrequencyFactor,
          high_freq_factor: scaling.highFrequencyFactor,
          original_max_position_embeddings: scaling.originalLength,
        }),
      },
    }),
    ...(family === 'llama' && { attention_bias: biases.queryKeyValue, mlp_bias: biases.feedForward }),
    tie_word_embeddings: head === 'tied',
  };
}

type Values = Omit<LlamaConfiguration, 'family' | 'keyValueHeadCount' | 'headDim' | 'rotary' | 'biases' | 'head'>;

const LLAMA: ConfigurationKeys<Values> = {
  vocabularySize: ['vocab_size', 32_000],
  hiddenSize: ['hidden_size', 4096],
  layerCount: ['num_hidden_layers', 32],
  headCount: ['num_attention_heads', 32],
  intermediateSize: ['intermediate_size', 11_008],
  maximumLength: ['max_position_embeddings', 2048],
  activation: ['hidden_act', 'silu'],
  rmsNormEpsilon: ['rms_norm_eps', 1e-6],
  attentionDropout: ['attention_dropout', 0],
};

const KEYS: Record<LlamaConfiguration['family'], ConfigurationKeys<Values>> = {
  llama: LLAMA,
  qwen2: {
    ...LLAMA,
    vocabularySize: ['vocab_size', 151_936],
    intermediateSize: ['intermediate_size', 22_016],
    maximumLength: ['max_position_embeddings', 32_768],
  },
};

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}
