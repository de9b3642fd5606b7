// A ViT-like encoder and its training step, for the benchmarks of this folder.
import { gelu, LayerNorm, Linear, Module, MultiHeadAttention } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';

/** Sizes of the encoder; `base` is ViT-B/16 at 224 by 224 pixels. */
export const SIZES = {
  tiny: { batch: 2, length: 17, features: 64, heads: 4, layers: 2 },
  small: { batch: 2, length: 197, features: 384, heads: 6, layers: 4 },
  base: { batch: 4, length: 197, features: 768, heads: 12, layers: 12 },
};

class Block extends Module {
  constructor({ features, heads }) {
    super();
    this.attentionNorm = this.register('norm1', new LayerNorm(features));
    this.attention = this.register('attention', new MultiHeadAttention({ queryFeatures: features, headCount: heads }));
    this.feedForwardNorm = this.register('norm2', new LayerNorm(features));
    this.up = this.register('up', new Linear(features, 4 * features));
    this.down = this.register('down', new Linear(4 * features, features));
  }

  forward(x) {
    const between = tf.add(x, this.attention.forward(this.attentionNorm.forward(x)));
    return tf.add(between, this.down.forward(gelu(this.up.forward(this.feedForwardNorm.forward(between)))));
  }
}

export class Encoder extends Module {
  constructor(size) {
    super();
    this.blocks = Array.from({ length: size.layers }, (_, index) => this.register(`${index}`, new Block(size)));
  }

  forward(x) {
    return tf.tidy(() => this.blocks.reduce((features, block) => block.forward(features), x));
  }
}

/**
 * Forward, loss, backward, clipping by the common norm, and AdamW, as a function of the input, the learning rate and the number of the
 * step.
 * @returns the function, and all variables that it updates.
 */
export function trainingStep(encoder, { beta1 = 0.9, beta2 = 0.999, weightDecay = 0.01, maximumNorm = 1 } = {}) {
  const variables = encoder.trainableVariables();
  const slots = variables.map((variable) =>
    tf.tidy(() => [tf.variable(tf.zerosLike(variable), false), tf.variable(tf.zerosLike(variable), false)]),
  );
  const step = (x, rate, count) =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(encoder.forward(x))), variables);
      const norm = tf.sqrt(tf.addN(Object.values(grads).map((gradient) => tf.sum(tf.square(gradient)))));
      const factor = tf.minimum(tf.div(maximumNorm, tf.add(norm, 1e-6)), tf.scalar(1));
      const correction1 = tf.sub(1, tf.pow(tf.scalar(beta1), count));
      const correction2 = tf.sqrt(tf.sub(1, tf.pow(tf.scalar(beta2), count)));
      const decay = tf.sub(1, tf.mul(rate, weightDecay));
      for (const [index, variable] of variables.entries()) {
        const gradient = tf.mul(grads[variable.name], factor);
        const [mean, square] = slots[index];
        mean.assign(tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1)));
        square.assign(tf.add(tf.mul(square, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
        const denominator = tf.add(tf.div(tf.sqrt(square), correction2), 1e-8);
        variable.assign(tf.sub(tf.mul(variable, decay), tf.mul(tf.div(mean, denominator), tf.div(rate, correction1))));
      }
      return value;
    });
  return { step, variables: [...variables, ...slots.flat()] };
}
