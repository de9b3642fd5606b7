// The page that llm-mde.browser.test.ts bundles with vite and opens in Chromium: it loads a model from the server and predicts.
import { type DeviceName, openDevice } from '@llm-mde/backend';
import * as tf from '@tensorflow/tfjs-core';
import { type ImageSource, LlmMde } from 'llm-mde';

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
  const model = await LlmMde.load('/model/', compile ? { compiler: opened.compile } : {});
  const raw = { ...image, data: Uint8Array.from(image.data) };
  const first = await model.predict(raw);
  const forms = [];
  for (const [name, source] of await inPage(raw)) {
    const { depth, minimum, maximum } = await model.predict(source);
    const difference = depth.reduce((most, metres, at) => Math.max(most, Math.abs(metres - first.depth[at]!)), 0);
    forms.push({ name, difference, inRange: minimum < maximum && minimum === first.minimum });
  }
  const files = [await first.toPng16(), await first.toColorMap(), await first.toPointCloud()].map(
    ({ length }) => length,
  );
  const numTensors = tf.memory().numTensors;
  await model.predict(raw);
  const left = tf.memory().numTensors - numTensors;
  const batch = [{ image: raw, depth: new Float32Array(raw.width * raw.height).fill(2) }];
  const loss = train ? (await model.trainStep(batch)).loss : undefined;
  // Of weights that a compiled step keeps in its worker too.
  const saved = [...(await model.files()).keys()];
  const moments = (await model.optimizerState()).tensors.size;
  await model.dispose();
  return {
    device: opened.name,
    compiles: opened.compiles,
    left,
    loss,
    saved,
    moments,
    forms,
    files,
    ...first,
    depth: [...first.depth],
  };
}

/** The same image in the forms in which a page has images. */
async function inPage(image: { data: Uint8Array; width: number; height: number }): Promise<[string, ImageSource][]> {
  const { data, width, height } = image;
  const pixels = new ImageData(width, height);
  for (let at = 0; at < pixels.data.length; at++) {
    pixels.data[at] = at % 4 === 3 ? 255 : data[3 * Math.floor(at / 4) + (at % 4)]!;
  }
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height }).getContext('2d')!.putImageData(pixels, 0, 0);
  const file = await new Promise<Blob>((resolve) => canvas.toBlob((blob) => resolve(blob!)));
  const element = new Image();
  element.src = URL.createObjectURL(file);
  return [
    ['ImageData', pixels],
    ['canvas', canvas],
    ['Blob', file],
    ['Uint8Array', new Uint8Array(await file.arrayBuffer())],
    ['address', element.src],
    ['HTMLImageElement', element],
    ['ImageBitmap', await createImageBitmap(pixels)],
    ['VideoFrame', new VideoFrame(canvas, { timestamp: 0 })],
  ];
}

export type PredictInBrowser = typeof predictInBrowser;

Object.assign(window, { predictInBrowser });
