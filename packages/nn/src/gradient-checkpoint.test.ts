import { expectSameNumbers } from '@llm-mde/tooling-vitest/testing/expect-close';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { Dropout, withDropoutSeed } from './dropout.js';
import { gradientCheckpoint } from './gradient-checkpoint.js';
import { gelu } from './kernels/gelu.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { random } from './testing/random-tensors.js';

class Network extends Module {
  readonly layers = [0, 1, 2].map((index) => this.register(`layers.${index}`, new Linear(16, 16)));
  private readonly dropout = this.register('dropout', new Dropout(0.3));
  checkpointing = false;

  forward(x: tf.Tensor): tf.Tensor {
    for (const layer of this.layers) {
      const run = (input: tf.Tensor) => tf.tidy(() => this.dropout.forward(gelu(layer.forward(input))));
      x = this.checkpointing ? gradientCheckpoint(run, x, layer.trainableVariables()) : run(x);
    }
    return x;
  }
}

const network = new Network();
const x = random([8, 16]);

/** Loss and gradients of every parameter, as numbers. */
async function step(checkpointing: boolean) {
  network.checkpointing = checkpointing;
  const { value, grads } = withDropoutSeed(11, () =>
    tf.variableGrads(() => tf.sum(tf.square(network.forward(x))) as tf.Scalar, network.trainableVariables()),
  );
  const numbers = [Array.from(await value.data())];
  for (const variable of network.trainableVariables()) numbers.push(Array.from(await grads[variable.name]!.data()));
  tf.dispose([value, grads]);
  return numbers;
}

it('changes neither the loss nor a gradient, with dropout', async () => {
  expectSameNumbers(await step(true), await step(false));
});

it('computes gradients through frozen layers', async () => {
  network.layers[1]!.freeze();
  expectSameNumbers(await step(true), await step(false));
  network.layers[1]!.unfreeze();
});

it('keeps nothing inside a part until the backward pass, and nothing at all afterwards', async () => {
  const before = tf.memory().numTensors;
  const peak = async (checkpointing: boolean) => {
    network.checkpointing = checkpointing;
    let kept = 0;
    const { value, grads } = tf.variableGrads(() => {
      const loss = tf.sum(network.forward(x)) as tf.Scalar;
      kept = tf.memory().numTensors;
      return loss;
    }, network.trainableVariables());
    tf.dispose([value, grads]);
    return kept;
  };
  expect(await peak(true)).toBeLessThan(await peak(false));
  for (let pass = 0; pass < 3; pass++) await step(true);
  expect(tf.memory().numTensors).toBe(before);
});
