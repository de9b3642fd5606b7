// The page that browser.test.ts bundles with vite and opens in Chromium: it trains a small network there.
/// <reference types="vite/client" />
import { type CompileDevice, compile } from '@llm-mde/compile';
import { gelu, LayerNorm, Linear, manualSeed } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';

/** Losses of ten steps; a weight before and after them; and how long the page was away at most, in milliseconds. */
async function train(device: CompileDevice) {
  manualSeed(3);
  const [up, norm, down] = [new Linear(6, 16), new LayerNorm(16), new Linear(16, 3)];
  const variables = [up, norm, down].flatMap((module) => module.trainableVariables());
  const step = compile(
    (x: tf.Tensor2D, y: tf.Tensor2D, rate: tf.Scalar) => {
      const network = (input: tf.Tensor2D) => down.forward(gelu(norm.forward(up.forward(input))));
      const { value, grads } = tf.variableGrads(
        () => tf.mean(tf.square(tf.sub(network(x), y))) as tf.Scalar,
        variables,
      );
      for (const variable of variables) variable.assign(tf.sub(variable, tf.mul(grads[variable.name]!, rate)));
      return value;
    },
    { device },
  );
  const before = [...(await variables[0]!.data())];
  const numbers = (length: number) => Float32Array.from({ length }, (_, index) => Math.sin(index * 1.7));
  const losses: number[] = [];
  for (let count = 0; count < 10; count++) {
    const loss = await step(
      { data: numbers(48), shape: [8, 6] },
      { data: numbers(24), shape: [8, 3] },
      { data: Float32Array.of(0.1), shape: [] },
    );
    losses.push((await loss.data())[0]!);
    loss.dispose();
  }
  const after = [...(await variables[0]!.data())];
  const { numTensors } = tf.memory();
  await step.dispose();
  const returned = [...(await variables[0]!.data())];
  return { losses, before, after, returned, numTensors };
}

export type Train = typeof train;

Object.assign(window, { train });
