import { Activation, attention, checkSizes, Dropout, Embedding, Linear, Module, RmsNorm } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { additiveMask } from './attention-mask.js';
import { keptLayers } from './kept-layers.js';
import {
  LanguageModel,
  type LanguageModelArchitecture,
  type LanguageModelInputs,
  type LanguageModelOutput,
  registerLanguageModel,
} from './language-model.js';
import { type LlamaConfiguration, readLlamaConfiguration, writeLlamaConfiguration } from './llama-configuration.js';
import { rotaryTables, rotate } from './rotary-positions.js';

type RotaryTables = ReturnType<typeof rotaryTables>;

/**
 * A decoder of Llama's family (Touvron et al. 2023; Qwen2.5, SmolLM2 and TinyLlama are of it): RMSNorm before each part, rotary positions, fewer heads
 * of keys and values than of queries, SwiGLU. With the parameter names and shapes of Hugging Face's `LlamaModel`.
 */
export class Llama extends LanguageModel {
  readonly layers: readonly LlamaLayer[];
  protected readonly words: Embedding;
  private readonly norm: RmsNorm;
  private readonly head: Linear | undefined;

  constructor(readonly configuration: LlamaConfiguration) {
    super();
    const { vocabularySize, hiddenSize, layerCount, intermediateSize, keyValueHeadCount } = configuration;
    checkSizes('Llama', { vocabularySize, hiddenSize, layerCount, intermediateSize, keyValueHeadCount });
    this.words = this.register('embed_tokens', new Embedding(vocabularySize, hiddenSize));
    this.layers = Array.from({ length: layerCount }, (_, layer) =>
      this.register(`layers.${layer}`, new LlamaLayer(configuration)),
    );
    this.norm = this.register('norm', new RmsNorm(hiddenSize, { epsilon: configuration.rmsNormEpsilon }));
    if (configuration.head === 'own')
      this.head = this.register('lm_head', new Linear(hiddenSize, vocabularySize, { bias: false }));
  }

  override get isDecoder(): boolean {
    return true;
  }

  configurationJson(): Record<string, unknown> {
    return writeLlamaConfiguration(this.configuration);
  }

  forward({ inputsEmbeds, attentionMask, outputHiddenStates = false }: LanguageModelInputs): LanguageModelOutput {
    this.checkInputs(inputsEmbeds, attentionMask);
    return tf.tidy(() => {
      const [, length] = inputsEmbeds.shape;
      const mask = additiveMask(attentionMask, this.attention === 'causal' ? length : undefined);
      const { headDim, rotary } = this.configuration;
      const { cos, sin } = rotaryTables(length, headDim, rotary);
      const constants = [cos, sin, ...(mask ? [mask] : [])];
      // A copy: the caller may dispose what it gave, and what it got.
      const hiddenStates = [tf.clone(inputsEmbeds)];
      let x = inputsEmbeds;
      for (const layer of this.layers) {
        const run = (input: tf.Tensor3D, cosines?: tf.Tensor, sines?: tf.Tensor, kept?: tf.Tensor) =>
          layer.forward(input, { cos: cosines as tf.Tensor2D, sin: sines as tf.Tensor2D }, kept);
        x = this.runLayer(layer, run, x, constants);
        hiddenStates.push(x);
      }
      const lastHiddenState = this.norm.forward(x);
      // The reference's last one is normalized.
      const states = [...hiddenStates.slice(0, -1), lastHiddenState];
      return { lastHiddenState, ...(outputHiddenStates && { hiddenStates: states }) };
    });
  }

  override logits(hidden: tf.Tensor3D): tf.Tensor3D {
    if (this.head) return this.head.forward(hidden);
    if (this.configuration.head === 'tied') return this.tiedLogits(hidden);
    throw new Error('This model has a head of its own, which was not loaded: load it with the option "head".');
  }
}

/** x + attention(norm(x)), then x + feedForward(norm(x)). */
class LlamaLayer extends Module {
  private readonly attentionNorm: RmsNorm;
  private readonly attention: LlamaAttention;
  private readonly feedForwardNorm: RmsNorm;
  private readonly gate: Linear;
  private readonly up: Linear;
  private readonly down: Linear;
  private readonly activation: Activation;

  constructor(configuration: LlamaConfiguration) {
    super();
    const { hiddenSize, intermediateSize, rmsNormEpsilon: epsilon, activation = 'silu', biases } = configuration;
    const bias = biases.feedForward;
    this.attentionNorm = this.register('input_layernorm', new RmsNorm(hiddenSize, { epsilon }));
    this.attention = this.register('self_attn', new LlamaAttention(configuration));
    this.feedForwardNorm = this.register('post_attention_layernorm', new RmsNorm(hiddenSize, { epsilon }));
    this.gate = this.register('mlp.gate_proj', new Linear(hiddenSize, intermediateSize, { bias }));
    this.up = this.register('mlp.up_proj', new Linear(hiddenSize, intermediateSize, { bias }));
    this.down = this.register('mlp.down_proj', new Linear(intermediateSize, hiddenSize, { bias }));
    this.activation = new Activation(activation);
  }

  /** @param x [B,S,D] @param mask Added to the attention scores, [B or 1,1,S or 1,S]. */
  forward(x: tf.Tensor3D, tables: RotaryTables, mask: tf.Tensor | undefined): tf.Tensor3D {
    return tf.tidy(() => {
      const between = tf.add(x, this.attention.forward(this.attentionNorm.forward(x), tables, mask)) as tf.Tensor3D;
      const normalized = this.feedForwardNorm.forward(between);
      const gated = tf.mul(this.activation.forward(this.gate.forward(normalized)), this.up.forward(normalized));
      return tf.add(between, this.down.forward(gated)) as tf.Tensor3D;
    });
  }
}

/** Attention with rotary positions, in which several heads of queries share a head of keys and values (Ainslie et al. 2023, arXiv 2305.13245). */
class LlamaAttention extends Module {
  private readonly query: Linear;
  private readonly key: Linear;
  private readonly value: Linear;
  private readonly output: Linear;
  private readonly dropout: Dropout;

  constructor(private readonly configuration: LlamaConfiguration) {
    super();
    const { hiddenSize, headCount, keyValueHeadCount, headDim, biases, attentionDropout } = configuration;
    const into = (heads: number) => new Linear(hiddenSize, heads * headDim, { bias: biases.queryKeyValue });
    this.query = this.register('q_proj', into(headCount));
    this.key = this.register('k_proj', into(keyValueHeadCount));
    this.value = this.register('v_proj', into(keyValueHeadCount));
    this.output = this.register('o_proj', new Linear(headCount * headDim, hiddenSize, { bias: biases.output }));
    this.dropout = this.register('dropout', new Dropout(attentionDropout));
  }

  /** [B,S,D] to [B,S,D]. */
  forward(x: tf.Tensor3D, tables: RotaryTables, mask: tf.Tensor | undefined): tf.Tensor3D {
    const { headCount, keyValueHeadCount, headDim } = this.configuration;
    const [batch, length] = x.shape;
    const shared = headCount / keyValueHeadCount;
    const split = (y: tf.Tensor, heads: number) =>
      tf.transpose(tf.reshape(y, [batch, length, heads, headDim]), [0, 2, 1, 3]) as tf.Tensor4D;
    const query = rotate(split(this.query.forward(x), headCount), tables);
    const key = rotate(split(this.key.forward(x), keyValueHeadCount), tables);
    const value = split(this.value.forward(x), keyValueHeadCount);
    // The queries of heads that share keys stand one after the other, as if the sequence were so much longer.
    const queries = tf.reshape(query, [batch, keyValueHeadCount, shared * length, headDim]) as tf.Tensor4D;
    const repeated = mask && mask.shape[2] !== 1 ? tf.tile(mask, [1, 1, shared, 1]) : mask;
    const dropoutMask = this.dropout.mask([batch, keyValueHeadCount, shared * length, length]);
    const attended = attention(queries, key, value, { mask: repeated, dropoutMask });
    const heads = tf.reshape(attended, [batch, headCount, length, headDim]);
    const joined = tf.reshape(tf.transpose(heads, [0, 2, 1, 3]), [batch, length, headCount * headDim]);
    return this.output.forward(joined) as tf.Tensor3D;
  }
}

const architecture = (family: LlamaConfiguration['family']): LanguageModelArchitecture => ({
  create: (json, { layerCount, hasWeight }) => {
    const configuration = readLlamaConfiguration(json, family);
    configuration.layerCount = keptLayers(layerCount, configuration.layerCount);
    if (hasWeight?.('lm_head.weight')) configuration.head = 'own';
    return new Llama(configuration);
  },
  renameWeight(original, { layerCount = Number.POSITIVE_INFINITY, head = false }) {
    const name = original.replace(/^model\./, '');
    if (/^layers\.\d+\.self_attn\.rotary_emb\.inv_freq$/.test(name) || (name === 'lm_head.weight' && !head))
      return undefined;
    if (Number(/^layers\.(\d+)\./.exec(name)?.[1] ?? -1) >= layerCount) return undefined;
    return name;
  },
});

registerLanguageModel('llama', architecture('llama'));
registerLanguageModel('qwen2', architecture('qwen2'));
