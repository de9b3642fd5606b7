import { Activation, constant, Dropout, LayerNorm, Linear, Module, MultiHeadAttention, Parameter } from '@llm-mde/nn';
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
  swiglu: { attentionNorm: 'norm1', feedForwardNorm: 'norm2', up: 'mlp.weights_in', down: 'mlp.weights_out' },
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
  private readonly up: Linear;
  private readonly down: Linear;
  private readonly activate: (x: tf.Tensor3D) => tf.Tensor3D;
  private readonly feedForwardScale: Parameter | undefined;
  private readonly dropout: Dropout;

  constructor(configuration: VisionEncoderConfiguration) {
    super();
    const { architecture, hiddenSize, headCount, layerNormEpsilon: epsilon, layerScaleValue } = configuration;
    const gated = configuration.useSwigluFfn;
    const names = NAMES[gated ? 'swiglu' : architecture];
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
    const width = gated ? gatedWidth(configuration.intermediateSize) : configuration.intermediateSize;
    this.up = this.register(names.up, new Linear(hiddenSize, gated ? 2 * width : width));
    this.down = this.register(names.down, new Linear(width, hiddenSize));
    const activation = new Activation(configuration.activation);
    this.activate = gated ? swiglu : (x) => activation.forward(x);
    this.feedForwardScale = scale('layer_scale2.lambda1');
    this.dropout = this.register('dropout', new Dropout(configuration.hiddenDropout));
  }

  /** @param x [B,1+N,D] */
  forward(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => {
      const attended = this.dropout.forward(this.attention.forward(this.attentionNorm.forward(x)));
      const between = tf.add(x, scaled(attended, this.attentionScale));
      const hidden = this.activate(this.up.forward(this.feedForwardNorm.forward(between) as tf.Tensor3D));
      const fed = this.dropout.forward(this.down.forward(hidden));
      return tf.add(between, scaled(fed, this.feedForwardScale)) as tf.Tensor3D;
    });
  }
}

function scaled(x: tf.Tensor, scale: Parameter | undefined): tf.Tensor {
  return scale ? tf.mul(x, scale.value) : x;
}

/** Two thirds of the width of an MLP, rounded up to a multiple of eight. */
function gatedWidth(intermediateSize: number): number {
  return Math.floor((Math.floor((intermediateSize * 2) / 3) + 7) / 8) * 8;
}

/** silu(a)·b with [a,b] = x (Shazeer 2020, arXiv 2002.05202). */
function swiglu(x: tf.Tensor3D): tf.Tensor3D {
  const [gate, linear] = tf.split(x, 2, -1);
  return tf.mul(tf.mul(gate!, tf.sigmoid(gate!)), linear!);
}
