// The page that llm-mde.browser.test.ts bundles with vite and opens in Chromium: it loads a model from the server and predicts.
import { type DeviceName, openDevice } from '@llm-mde/backend';
import * as tf from '@tensorflow/tfjs-core';
import { LlmMde, urlFiles } from 'llm-mde';

interface PlainImage {
  data: readonly number[];
  width: number;
  height: number;
  channels: 3;
}

async function predictInBrowser(
  device: DeviceName,
  image: PlainImage,
  { train, compile }: { train: boolean; compile: boolean },
) {
  const opened = await openDevice({ device });
  const model = await LlmMde.load(
    urlFiles(new URL('/model/', location.href)),
    compile ? { compiler: opened.compile } : {},
  );
  const raw = { ...image, data: Uint8Array.from(image.data) };
  const first = await model.predict(raw);
  const numTensors = tf.memory().numTensors;
  await model.predict(raw);
  const left = tf.memory().numTensors - numTensors;
  const batch = [{ image: raw, depth: new Float32Array(raw.width * raw.height).fill(2) }];
  const loss = train ? (await model.trainStep(batch)).loss : undefined;
  await model.dispose();
  return { device: opened.name, compiles: opened.compiles, left, loss, ...first, depth: [...first.depth] };
}

export type PredictInBrowser = typeof predictInBrowser;

Object.assign(window, { predictInBrowser });
