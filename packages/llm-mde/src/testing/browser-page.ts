// The page that llm-mde.browser.test.ts bundles with vite and opens in Chromium: it loads a model from the server and predicts.
/// <reference types="vite/client" />
import { type DeviceName, openDevice } from '@llm-mde/backend';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
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
  const opened = await openDevice({
    device,
    wasmPaths: {
      'tfjs-backend-wasm.wasm': plain,
      'tfjs-backend-wasm-simd.wasm': simd,
      'tfjs-backend-wasm-threaded-simd.wasm': threaded,
    },
  });
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
