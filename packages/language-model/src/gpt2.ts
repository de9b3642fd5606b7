import { Activation, attention, checkSizes, Dropout, Embedding, LayerNorm, Linear, Module } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { additiveMask } from './attention-mask.js';
import { type Gpt2Configuration, readGpt2Configuration, writeGpt2Configuration } from './gpt2-configuration.js';
import { keptLayers } from './kept-layers.js';
import {
  LanguageModel,
  type LanguageModelInputs,
  type LanguageModelOutput,
  registerLanguageModel,
} from './language-model.js';

/** GPT-2 (Radford et al. 2019): a decoder with learned positions. With the parameter names and shapes of Hugging Face's `GPT2Model`. */
export class Gpt2 extends LanguageModel {
  readonly layers: readonly Gpt2Layer[];
  protected readonly words: Embedding;
  private readonly positions: Embedding;
  private readonly dropout: Dropout;
  private readonly norm: LayerNorm;

  constructor(readonly configuration: Gpt2Configuration) {
    super();
    const { vocabularySize, hiddenSize, layerCount, intermediateSize, maximumLength } = configuration;
    checkSizes('GPT-2', { vocabularySize, hiddenSize, layerCount, intermediateSize, maximumLength });
    this.words = this.register('wte', new Embedding(vocabularySize, hiddenSize));
    this.positions = this.register('wpe', new Embedding(maximumLength, hiddenSize));
    this.dropout = this.register('drop', new Dropout(configuration.embeddingDropout));
    this.layers = Array.from({ length: layerCount }, (_, layer) =>
      this.register(`h.${layer}`, new Gpt2Layer(configuration)),
    );
    this.norm = this.register('ln_f', new LayerNorm(hiddenSize, { epsilon: configuration.layerNormEpsilon }));
  }

  override get isDecoder(): boolean {
    return true;
  }

  configurationJson(): Record<string, unknown> {
    return writeGpt2Configuration(this.configuration);
  }

  forward({ inputsEmbeds, attentionMask, outputHiddenStates = false }: LanguageModelInputs): LanguageModelOutput {
    this.checkInputs(inputsEmbeds, attentionMask);
    return tf.tidy(() => {
      const [, length] = inputsEmbeds.shape;
      const mask = additiveMask(attentionMask, this.attention === 'causal' ? length : undefined);
      const positions = tf.slice(this.positions.weight.value, [0, 0], [length, -1]);
      let x = this.dropout.forward(tf.add(inputsEmbeds, positions) as tf.Tensor3D);
      const hiddenStates = [x];
      for (const layer of this.layers) {
        x = this.runLayer(layer, (input, kept) => layer.forward(input, kept), x, mask ? [mask] : []);
        hiddenStates.push(x);
      }
      const lastHiddenState = this.norm.forward(x);
      // The reference's last one is normalized.
      const states = [...hiddenStates.slice(0, -1), lastHiddenState];
      return { lastHiddenState, ...(outputHiddenStates && { hiddenStates: states }) };
    });
  }

  override logits(hidden: tf.Tensor3D): tf.Tensor3D {
    return this.tiedLogits(hidden);
  }
}

/** x + attention(norm(x)), then x + feedForward(norm(x)). */
class Gpt2Layer extends Module {
  private readonly attentionNorm: LayerNorm;
  private readonly into: Linear;
  private readonly output: Linear;
  private readonly attentionDropout: Dropout;
  private readonly feedForwardNorm: LayerNorm;
  private readonly up: Linear;
  private readonly activation: Activation;
  private readonly down: Linear;
  private readonly dropout: Dropout;

  constructor(private readonly configuration: Gpt2Configuration) {
    super();
    const { hiddenSize, intermediateSize, layerNormEpsilon: epsilon, activation = 'gelu_new' } = configuration;
    const transposed = true;
    this.attentionNorm = this.register('ln_1', new LayerNorm(hiddenSize, { epsilon }));
    this.into = this.register('attn.c_attn', new Linear(hiddenSize, 3 * hiddenSize, { transposed }));
    this.output = this.register('attn.c_proj', new Linear(hiddenSize, hiddenSize, { transposed }));
    this.attentionDropout = this.register('attn.attn_dropout', new Dropout(configuration.attentionDropout));
    this.feedForwardNorm = this.register('ln_2', new LayerNorm(hiddenSize, { epsilon }));
    this.up = this.register('mlp.c_fc', new Linear(hiddenSize, intermediateSize, { transposed }));
    this.activation = new Activation(activation);
    this.down = this.register('mlp.c_proj', new Linear(intermediateSize, hiddenSize, { transposed }));
    this.dropout = this.register('dropout', new Dropout(configuration.residualDropout));
  }

  /** @param x [B,S,D] @param mask Added to the attention scores, [B or 1,1,S or 1,S]. */
  forward(x: tf.Tensor3D, mask: tf.Tensor | undefined): tf.Tensor3D {
    return tf.tidy(() => {
      const attended = this.output.forward(this.attend(this.attentionNorm.forward(x), mask));
      const between = tf.add(x, this.dropout.forward(attended)) as tf.Tensor3D;
      const fed = this.down.forward(this.activation.forward(this.up.forward(this.feedForwardNorm.forward(between))));
      return tf.add(between, this.dropout.forward(fed)) as tf.Tensor3D;
    });
  }

  private attend(x: tf.Tensor3D, mask: tf.Tensor | undefined): tf.Tensor3D {
    const { headCount, hiddenSize } = this.configuration;
    const [batch, length] = x.shape;
    const [query, key, value] = tf
      .split(this.into.forward(x), 3, -1)
      .map((part) =>
        tf.transpose(tf.reshape(part, [batch, length, headCount, hiddenSize / headCount]), [0, 2, 1, 3]),
      ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const dropoutMask = this.attentionDropout.mask([batch, headCount, length, length]);
    const attended = attention(query, key, value, { mask, dropoutMask });
    return tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), [batch, length, hiddenSize]) as tf.Tensor3D;
  }
}

registerLanguageModel('gpt2', {
  create: (json, { layerCount }) => {
    const configuration = readGpt2Configuration(json);
    configuration.layerCount = keptLayers(layerCount, configuration.layerCount);
    return new Gpt2(configuration);
  },
  renameWeight(original, { layerCount = Number.POSITIVE_INFINITY }) {
    const name = original.replace(/^transformer\./, '');
    // The head shares the word embeddings, and old files hold the causal mask.
    if (name === 'lm_head.weight' || /\.attn\.(masked_)?bias$/.test(name)) return undefined;
    if (Number(/^h\.(\d+)\./.exec(name)?.[1] ?? -1) >= layerCount) return undefined;
    return name;
  },
});
