// The page that index.browser.slow.test.ts bundles with vite and opens in Chromium: it trains adapters of a tf.Sequential there.
import { type DeviceName, openDevice } from '@llm-mde/backend';
import { attachLora, decodeAdapter, encodeAdapter } from '@llm-mde/lora';
import { manualSeed } from '@llm-mde/nn';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

const build = () =>
  sequential({
    layers: [
      layers.conv2d({ name: 'first', filters: 4, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 2] }),
      layers.flatten(),
      layers.dense({ name: 'second', units: 3 }),
    ],
  });

/** 100 steps of `fit`, and what they changed; how many tensors there were after the first steps and after the last. */
async function fitAdapters(device: DeviceName) {
  await openDevice({ device });
  manualSeed(3);
  const model = build();
  model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
  const own = [...model.weights];
  const values = (weights: typeof own) => Promise.all(weights.map(async (each) => [...(await each.read().data())]));
  const before = await values(own);
  const adapters = attachLora(model, { rank: 2, targetModules: ['first', 'second'] });
  const x = tf.randomNormal([32, 6, 6, 2], 0, 1, 'float32', 1);
  const y = tf.randomNormal([32, 3], 0, 1, 'float32', 2);
  const adaptersBefore = await values(model.trainableWeights);
  // Four batches an epoch.
  const first = await model.fit(x, y, { epochs: 1, batchSize: 8 });
  const { numTensors } = tf.memory();
  const last = await model.fit(x, y, { epochs: 24, batchSize: 8 });
  const left = tf.memory().numTensors - numTensors;

  const other = build();
  other.setWeights(own.map((weight) => weight.read()));
  await decodeAdapter(other, await encodeAdapter(adapters));
  const [trained, reloaded] = [model, other].map((each) => each.predict(x) as tf.Tensor);
  return {
    baseBefore: before,
    baseAfter: await values(own),
    adaptersBefore,
    adaptersAfter: await values(model.trainableWeights),
    losses: [first.history.loss![0], last.history.loss!.at(-1)] as [number, number],
    left,
    text: adapters.trainableParameters().text,
    difference: (await tf.max(tf.abs(tf.sub(trained!, reloaded!))).data())[0],
  };
}

export type FitAdapters = typeof fitAdapters;

Object.assign(window, { fitAdapters });
