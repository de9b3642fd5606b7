import type * as tf from '@tensorflow/tfjs-core';
import type * as Nn from '../index.js';

type Inputs = Record<string, tf.Tensor>;

interface GoldenModuleKind {
  // biome-ignore lint/suspicious/noExplicitAny: each module has options of its own, and the JSON holds those of PyTorch's case.
  create(options: any): Nn.Module;
  forward(module: never, inputs: Inputs): tf.Tensor;
}

/**
 * How the modules of each fixture are made and called.
 *
 * @param nn This package: its sources, or what is built of it.
 */
export function goldenModules(nn: typeof Nn): Record<string, GoldenModuleKind> {
  class BilinearResize extends nn.Module {
    constructor(readonly options: Nn.BilinearResizeOptions & { size: [number, number] }) {
      super();
    }
    forward = (x: tf.Tensor4D) => nn.bilinearResize(x, this.options.size, this.options);
  }
  const resize: GoldenModuleKind = {
    create: (options) => new BilinearResize(options),
    forward: (module: BilinearResize, { x }) => module.forward(x as tf.Tensor4D),
  };
  return {
    'batch-norm2d': {
      create: ({ channels, ...options }) => new nn.BatchNorm2d(channels, options),
      forward: (norm: Nn.BatchNorm2d, { x }) => norm.forward(x as tf.Tensor4D),
    },
    conv2d: {
      create: (options) => new nn.Conv2d(options),
      forward: (convolution: Nn.Conv2d, { x }) => convolution.forward(x as tf.Tensor4D),
    },
    embedding: {
      create: ({ count, features }) => new nn.Embedding(count, features),
      forward: (embedding: Nn.Embedding, { indices }) => embedding.forward(indices!),
    },
    activations: {
      create: ({ name }) => new nn.Activation(name),
      forward: (activation: Nn.Activation, { x }) => activation.forward(x!),
    },
    'layer-norm': {
      create: ({ features, ...options }) => new nn.LayerNorm(features, options),
      forward: (norm: Nn.LayerNorm, { x }) => norm.forward(x!),
    },
    linear: {
      create: ({ inFeatures, outFeatures, bias }) => new nn.Linear(inFeatures, outFeatures, { bias }),
      forward: (linear: Nn.Linear, { x }) => linear.forward(x!),
    },
    'multi-head-attention': {
      create: (options) => new nn.MultiHeadAttention(options),
      forward: (attention: Nn.MultiHeadAttention, { x, context, mask }) =>
        attention.forward(x as tf.Tensor3D, { context: context as tf.Tensor3D | undefined, mask }),
    },
    'bilinear-upsampling': resize,
    'bilinear-downsampling': resize,
  };
}

export const fixtureOf = (name: string) => new URL(`../../fixtures/${name}.json`, import.meta.url);
