import { constant, Dropout, gelu, LayerNorm, Linear, Module, MultiHeadAttention, Parameter } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { VisionEncoderConfiguration } from './configuration.js';

/** What the parts of a block are called in the checkpoints of each architecture. */
const NAMES = {
  vit: {
    attentionNorm: 'layernorm_before',
    feedForwardNorm: 'layernorm_after',
    up: 'intermediate.dense',
    down: 'output.dense',
  },
  dinov2: { attentionNorm: 'norm1', feedForwardNorm: 'norm2', up: 'mlp.fc1', down: 'mlp.fc2' },
};

/**
 * A pre-norm transformer block: x + attention(norm(x)), then x + feedForward(norm(x)) (Dosovitskiy et al. 2021, eq. 2 and 3). In
 * DINOv2 each branch is multiplied by a trained factor per feature.
 */
export class TransformerBlock extends Module {
  private readonly attentionNorm: LayerNorm;
  private readonly attention: MultiHeadAttention;
  private readonly attentionScale: Parameter | undefined;
  private readonly feedForwardNorm: LayerNorm;
  private readonly feedForward: FeedForward;
  private readonly feedForwardScale: Parameter | undefined;
  private readonly dropout: Dropout;

  constructor(configuration: VisionEncoderConfiguration) {
    super();
    const { architecture, hiddenSize, headCount, layerNormEpsilon: epsilon, layerScaleValue } = configuration;
    const names = NAMES[architecture];
    const scale = (name: string) =>
      architecture === 'dinov2'
        ? this.register(name, new Parameter([hiddenSize], { initialize: constant(layerScaleValue) }))
        : undefined;
    this.attentionNorm = this.register(names.attentionNorm, new LayerNorm(hiddenSize, { epsilon }));
    this.attention = this.register(
      'attention',
      new MultiHeadAttention({
        embedDim: hiddenSize,
        headCount,
        bias: configuration.qkvBias,
        dropout: configuration.attentionDropout,
        names: { query: 'attention.query', key: 'attention.key', value: 'attention.value', output: 'output.dense' },
      }),
    );
    this.attentionScale = scale('layer_scale1.lambda1');
    this.feedForwardNorm = this.register(names.feedForwardNorm, new LayerNorm(hiddenSize, { epsilon }));
    this.feedForward = configuration.useSwigluFfn
      ? new SwigluFeedForward(configuration, (name, part) => this.register(name, part))
      : new MlpFeedForward(configuration, (name, part) => this.register(name, part));
    this.feedForwardScale = scale('layer_scale2.lambda1');
    this.dropout = this.register('dropout', new Dropout(configuration.hiddenDropout));
  }

  /** @param x [B,1+N,D] */
  forward(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => {
      const attended = this.dropout.forward(this.attention.forward(this.attentionNorm.forward(x)));
      const between = tf.add(x, scaled(attended, this.attentionScale));
      const fed = this.dropout.forward(this.feedForward.forward(this.feedForwardNorm.forward(between)));
      return tf.add(between, scaled(fed, this.feedForwardScale)) as tf.Tensor3D;
    });
  }
}

function scaled(x: tf.Tensor, scale: Parameter | undefined): tf.Tensor {
  return scale ? tf.mul(x, scale.value) : x;
}

/** The feed-forward part. Its layers are registered with the block itself, where the checkpoints have them. */
interface FeedForward {
  forward<T extends tf.Tensor>(x: T): T;
}

type Register = (name: string, part: Linear) => Linear;

class MlpFeedForward implements FeedForward {
  private readonly up: Linear;
  private readonly down: Linear;

  constructor({ architecture, hiddenSize, intermediateSize }: VisionEncoderConfiguration, register: Register) {
    this.up = register(NAMES[architecture].up, new Linear(hiddenSize, intermediateSize));
    this.down = register(NAMES[architecture].down, new Linear(intermediateSize, hiddenSize));
  }

  forward<T extends tf.Tensor>(x: T): T {
    return this.down.forward(gelu(this.up.forward(x)));
  }
}

/** silu(a)·b with [a,b] = W·x (Shazeer 2020, arXiv 2002.05202), of two thirds of the width, rounded up to a multiple of eight. */
class SwigluFeedForward implements FeedForward {
  private readonly up: Linear;
  private readonly down: Linear;

  constructor({ hiddenSize, intermediateSize }: VisionEncoderConfiguration, register: Register) {
    const width = Math.floor((Math.floor((intermediateSize * 2) / 3) + 7) / 8) * 8;
    this.up = register('mlp.weights_in', new Linear(hiddenSize, 2 * width));
    this.down = register('mlp.weights_out', new Linear(width, hiddenSize));
  }

  forward<T extends tf.Tensor>(x: T): T {
    const [gate, linear] = tf.split(this.up.forward(x), 2, -1);
    return this.down.forward(tf.mul(tf.mul(gate!, tf.sigmoid(gate!)), linear!) as T);
  }
}
