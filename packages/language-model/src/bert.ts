import { Activation, checkSizes, Dropout, Embedding, LayerNorm, Linear, Module, MultiHeadAttention } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { additiveMask } from './attention-mask.js';
import { type BertConfiguration, readBertConfiguration, writeBertConfiguration } from './bert-configuration.js';
import { keptLayers } from './kept-layers.js';
import {
  LanguageModel,
  type LanguageModelInputs,
  type LanguageModelOutput,
  registerLanguageModel,
} from './language-model.js';

/** BERT's encoder (Devlin et al. 2019), with the parameter names and shapes of Hugging Face's `BertModel`. */
export class Bert extends LanguageModel {
  readonly layers: readonly BertLayer[];
  protected readonly words: Embedding;
  private readonly positions: Embedding;
  private readonly tokenTypes: Embedding;
  private readonly norm: LayerNorm;
  private readonly dropout: Dropout;
  private readonly pooler: Linear | undefined;

  constructor(readonly configuration: BertConfiguration) {
    super();
    const { hiddenSize, layerNormEpsilon: epsilon } = configuration;
    const { vocabularySize, layerCount, intermediateSize, maximumLength, tokenTypeCount } = configuration;
    const sizes = { vocabularySize, hiddenSize, layerCount, intermediateSize, maximumLength, tokenTypeCount };
    checkSizes('BERT', sizes);
    const embedding = (name: string, count: number) =>
      this.register(`embeddings.${name}_embeddings`, new Embedding(count, hiddenSize));
    this.words = embedding('word', configuration.vocabularySize);
    this.positions = embedding('position', configuration.maximumLength);
    this.tokenTypes = embedding('token_type', configuration.tokenTypeCount);
    this.norm = this.register('embeddings.LayerNorm', new LayerNorm(hiddenSize, { epsilon }));
    this.dropout = this.register('embeddings.dropout', new Dropout(configuration.hiddenDropout));
    this.layers = Array.from({ length: configuration.layerCount }, (_, layer) =>
      this.register(`encoder.layer.${layer}`, new BertLayer(configuration)),
    );
    if (configuration.pooler) this.pooler = this.register('pooler.dense', new Linear(hiddenSize, hiddenSize));
  }

  configurationJson(): Record<string, unknown> {
    return writeBertConfiguration(this.configuration);
  }

  forward({
    inputsEmbeds,
    attentionMask,
    tokenTypeIds,
    outputHiddenStates = false,
  }: LanguageModelInputs): LanguageModelOutput {
    this.checkInputs(inputsEmbeds, attentionMask);
    return tf.tidy(() => {
      const [batch, length] = inputsEmbeds.shape;
      const mask = additiveMask(attentionMask);
      const types = this.tokenTypes.forward(tokenTypeIds ?? tf.zeros([1, length], 'int32'));
      const positions = tf.slice(this.positions.weight.value, [0, 0], [length, -1]);
      const embedded = tf.add(tf.add(inputsEmbeds, types), positions) as tf.Tensor3D;
      let x = this.dropout.forward(this.norm.forward(embedded));
      const hiddenStates = [x];
      for (const layer of this.layers) {
        x = this.runLayer(layer, (input, kept) => layer.forward(input, kept), x, mask ? [mask] : []);
        hiddenStates.push(x);
      }
      return {
        lastHiddenState: x,
        ...(this.pooler && { pooled: tf.tanh(this.pooler.forward(firstTokens(x, batch))) }),
        ...(outputHiddenStates && { hiddenStates }),
      };
    });
  }
}

/** A post-norm transformer layer: norm(x + attention(x)), then norm(x + feedForward(x)). */
class BertLayer extends Module {
  private readonly attention: MultiHeadAttention;
  private readonly attentionNorm: LayerNorm;
  private readonly up: Linear;
  private readonly activation: Activation;
  private readonly down: Linear;
  private readonly feedForwardNorm: LayerNorm;
  private readonly dropout: Dropout;

  constructor(configuration: BertConfiguration) {
    super();
    const { hiddenSize, headCount, intermediateSize, layerNormEpsilon: epsilon } = configuration;
    this.attention = this.register(
      'attention',
      new MultiHeadAttention({
        embedDim: hiddenSize,
        headCount,
        dropout: configuration.attentionDropout,
        names: { query: 'self.query', key: 'self.key', value: 'self.value', output: 'output.dense' },
      }),
    );
    this.attentionNorm = this.register('attention.output.LayerNorm', new LayerNorm(hiddenSize, { epsilon }));
    this.up = this.register('intermediate.dense', new Linear(hiddenSize, intermediateSize));
    this.activation = new Activation(configuration.activation);
    this.down = this.register('output.dense', new Linear(intermediateSize, hiddenSize));
    this.feedForwardNorm = this.register('output.LayerNorm', new LayerNorm(hiddenSize, { epsilon }));
    this.dropout = this.register('dropout', new Dropout(configuration.hiddenDropout));
  }

  /**
   * @param x [B,S,D]
   * @param mask Added to the attention scores, [B,1,1,S].
   */
  forward(x: tf.Tensor3D, mask: tf.Tensor | undefined): tf.Tensor3D {
    return tf.tidy(() => {
      const attended = this.dropout.forward(this.attention.forward(x, { mask }));
      const between = this.attentionNorm.forward(tf.add(x, attended) as tf.Tensor3D);
      const fed = this.dropout.forward(this.down.forward(this.activation.forward(this.up.forward(between))));
      return this.feedForwardNorm.forward(tf.add(between, fed) as tf.Tensor3D);
    });
  }
}

function firstTokens(x: tf.Tensor3D, batch: number): tf.Tensor2D {
  return tf.reshape(tf.slice(x, [0, 0, 0], [batch, 1, -1]), [batch, -1]) as tf.Tensor2D;
}

registerLanguageModel('bert', {
  create: (json, { layerCount, hasWeight }) => {
    const configuration = readBertConfiguration(json);
    configuration.layerCount = keptLayers(layerCount, configuration.layerCount);
    configuration.pooler = hasWeight?.('pooler.dense.weight') ?? false;
    return new Bert(configuration);
  },
  renameWeight(original, { layerCount = Number.POSITIVE_INFINITY }) {
    const name = original.replace(/^bert\./, '');
    // Heads for pretraining and tasks, a constant that old files hold, and layers that are not wanted.
    if (/^(?:cls|classifier|qa_outputs)\.|^embeddings\.position_ids$/.test(name)) return undefined;
    if (Number(/^encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? -1) >= layerCount) return undefined;
    // What TensorFlow called them, and google-bert/bert-base-uncased still does.
    return name.replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
  },
});
