import { fileURLToPath } from 'node:url';
import { expectSameNumbers } from '@llm-mde/tooling-vitest/testing/expect-close';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { VisionEncoder } from './vision-encoder.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

// WebGPU without a GPU computes hundreds of times slower.
const passes = process.env.LLM_MDE_DEVICE === 'webgpu' ? 20 : 200;

describe('VisionEncoder', () => {
  it('gives patches and class token apart', async () => {
    const encoder = await VisionEncoder.fromPretrained(fixture('tiny-vit'));
    const { patches, cls, lastHiddenState, hiddenStates } = encoder.forward(tf.zeros([2, 32, 32, 3]));
    expect([patches.shape, cls.shape, lastHiddenState.shape]).toEqual([
      [2, 16, 32],
      [2, 32],
      [2, 17, 32],
    ]);
    expect(hiddenStates).toBeUndefined();
    expect(encoder.configuration).toMatchObject({ architecture: 'vit', patchSize: 8, imageSize: 32 });
    encoder.dispose();
  });

  it('has the same gradients with gradient checkpointing', async () => {
    const encoder = (await VisionEncoder.fromPretrained(fixture('tiny-dinov2'))).train();
    const pixels = tf.randomNormal<tf.Rank.R4>([1, 28, 28, 3], 0, 1, 'float32', 3);
    const gradients = async () => {
      const { grads } = tf.variableGrads(
        () => tf.sum(tf.square(encoder.forward(pixels).patches)) as tf.Scalar,
        encoder.trainableVariables(),
      );
      return Promise.all(Object.values(grads).map(async (gradient) => Array.from(await gradient.data())));
    };
    const expected = await gradients();
    encoder.gradientCheckpointing = true;
    expectSameNumbers(await gradients(), expected);
    encoder.dispose();
  });

  it(`leaves no tensors behind in ${passes} forward and backward passes`, async () => {
    const encoder = await VisionEncoder.fromPretrained(fixture('tiny-vit'));
    const pixels = tf.zeros<tf.Rank.R4>([1, 32, 32, 3]);
    const pass = () => {
      const { value, grads } = tf.variableGrads(
        () => tf.sum(encoder.forward(pixels).patches) as tf.Scalar,
        encoder.trainableVariables(),
      );
      tf.dispose([value, grads]);
    };
    pass();
    const before = tf.memory().numTensors;
    for (let repeat = 0; repeat < passes; repeat++) pass();
    expect(tf.memory().numTensors).toBe(before);
    encoder.dispose();
    pixels.dispose();
  });

  it.each([
    [[1, 30, 32, 3], 'An image of 32×30 pixels does not divide into patches of 8×8: resize it first.'],
    [[1, 32, 32, 1], 'The vision encoder takes pixels [B,H,W,3], but was given [1,32,32,1].'],
  ] as [number[], string][])('refuses pixels of shape %j', async (shape, message) => {
    const encoder = await VisionEncoder.fromPretrained(fixture('tiny-vit'));
    expect(() => encoder.forward(tf.zeros(shape as [number, number, number, number]))).toThrow(message);
    encoder.dispose();
  });
});
