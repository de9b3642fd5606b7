import * as tf from '@tensorflow/tfjs-core';
import { gelu } from './kernels/gelu.js';
import { Module } from './module.js';

/** The names that Hugging Face's configurations have for activation functions. */
export type ActivationName = keyof typeof ACTIVATIONS;

/** The activation functions that there are. */
export const ACTIVATIONS = {
  gelu,
  gelu_python: gelu,
  gelu_new: geluTanh,
  gelu_fast: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  quick_gelu: (x: tf.Tensor) => tf.mul(x, tf.sigmoid(tf.mul(x, 1.702))),
  relu: (x: tf.Tensor) => tf.relu(x),
  silu,
  swish: silu,
  tanh: (x: tf.Tensor) => tf.tanh(x),
  sigmoid: (x: tf.Tensor) => tf.sigmoid(x),
} satisfies Record<string, (x: tf.Tensor) => tf.Tensor>;

/**
 * Checks the name of an activation function in a `config.json`.
 *
 * @param key Where it stands in the file; absent is fine.
 * @param source The file's name, for the message.
 * @throws if there is no activation function of this name.
 */
export function checkActivation(json: Readonly<Record<string, unknown>>, key: string, source: string): void {
  if (Object.hasOwn(ACTIVATIONS, String(json[key] ?? 'gelu'))) return;
  const known = Object.keys(ACTIVATIONS).join(', ');
  throw new Error(`${source} asks for the activation "${json[key]}" as ${key}; supported are ${known}.`);
}

/** An activation function, by the name that Hugging Face's configurations have for it, as a module without parameters. */
export class Activation extends Module {
  private readonly activate: (x: tf.Tensor) => tf.Tensor;

  /** @throws if there is no activation function of this name. */
  constructor(name: ActivationName = 'gelu') {
    super();
    if (!Object.hasOwn(ACTIVATIONS, name)) {
      const names = Object.keys(ACTIVATIONS).join(', ');
      throw new Error(`There is no activation function "${name}" here. Expected one of ${names}.`);
    }
    this.activate = ACTIVATIONS[name];
  }

  /** @param x Any shape, float32. */
  forward<T extends tf.Tensor>(x: T): T {
    return tf.tidy(() => this.activate(x)) as T;
  }
}

/** GELU's approximation x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))), which the three names above stand for. */
function geluTanh(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(tf.mul(x, Math.sqrt(2 / Math.PI)), tf.add(tf.mul(tf.square(x), 0.044715), 1));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}

/** x·σ(x). */
function silu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.sigmoid(x));
}
