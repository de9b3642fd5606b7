import { Linear, Module, uniformGenerator } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { LoraAdapters } from '../lora-adapters.js';

/** A small network to adapt: tanh between two Linear layers, the first with two branches. */
export class TwoLayers extends Module {
  readonly query = this.register('attention.query', new Linear(3, 4));
  readonly value = this.register('attention.value', new Linear(3, 4));
  readonly output = this.register('output', new Linear(4, 2, { bias: false }));

  forward(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => this.output.forward(tf.tanh(tf.add(this.query.forward(x), this.value.forward(x)))));
  }
}

/** [5,3] */
export function exampleInput(): tf.Tensor {
  return tf.tensor(numbers(15, 1), [5, 3]);
}

/** Gives every A and B of an adapter values that are not zero, other ones for every seed. */
export function randomizeAdapter(adapters: LoraAdapters, adapterName = 'default', seed = 7): void {
  for (const [index, layer] of adapters.layersOf(adapterName).entries()) {
    const { A, B } = layer.factors(adapterName)!;
    A.load(numbers(A.size, seed + 2 * index));
    B.load(numbers(B.size, seed + 2 * index + 1));
  }
}

function numbers(count: number, seed: number): Float32Array {
  const next = uniformGenerator(seed);
  return Float32Array.from({ length: count }, () => 2 * next() - 1);
}
