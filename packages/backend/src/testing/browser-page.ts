// The page that index.browser.test.ts bundles with vite and opens in Chromium: it opens a device there and trains one step.
import { type DeviceName, openDevice } from '@llm-mde/backend';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';

/** Opens a device and trains a convolution by one step; the losses before and after it are 81 and less. */
async function openAndTrain(device: DeviceName | 'auto', wasmPaths?: string) {
  const opened = await openDevice({ device, ...(wasmPaths && { wasmPaths }) });
  const numTensors = tf.memory().numTensors;
  const losses = await trainOneStep();
  const left = tf.memory().numTensors - numTensors;
  // Only data can leave the page, no functions.
  return { device: JSON.parse(JSON.stringify(opened)), losses, left };
}

async function trainOneStep(): Promise<number[]> {
  const image = tf.ones<tf.Rank.R4>([1, 4, 4, 2]);
  const filter = tf.tidy(() => tf.variable(tf.ones<tf.Rank.R4>([3, 3, 2, 1])));
  const loss = () => tf.mean(tf.square(tf.sub(tf.conv2d(image, filter, 1, 'valid'), 9))) as tf.Scalar;
  const optimizer = tf.train.sgd(0.001);
  const [before, after] = [optimizer.minimize(loss, true)!, tf.tidy(loss)];
  const losses = [(await before.data())[0]!, (await after.data())[0]!];
  tf.dispose([image, filter, before, after]);
  optimizer.dispose();
  return losses;
}

export type OpenAndTrain = typeof openAndTrain;

Object.assign(window, { openAndTrain });
