import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDevice } from '@llm-mde/backend';
import { browserDevices } from '@llm-mde/tooling-vitest/browser';
import { describeInChromium } from '@llm-mde/tooling-vitest/testing/chromium';
import { afterAll, expect, it } from 'vitest';
import { LlmMde, type Prediction } from '../dist/index.js';
import type { PredictInBrowser } from './testing/browser-page.js';
import { largestDifference, waves } from './testing/patterns.js';
import { smallConfiguration } from './testing/small-model.js';

const own = fileURLToPath(new URL('../', import.meta.url));
const image = waves(3, 36, 28);
let folder: string;
let expected: Prediction;

/** Saves a trained model for the page. */
async function prepare() {
  folder = await mkdtemp(join(tmpdir(), 'llm-mde-browser-'));
  const device = await openDevice();
  const model = await LlmMde.create(smallConfiguration());
  await model.trainStep([{ image, depth: new Float32Array(36 * 28).fill(3) }]);
  expected = await model.predict(image);
  await model.save(folder);
  await model.dispose();
  await device.close();
  return {
    page: fileURLToPath(new URL('./testing/browser-page.ts', import.meta.url)),
    packages: {
      'llm-mde': own,
      '@llm-mde/backend': join(own, 'node_modules/@llm-mde/backend'),
      '@tensorflow': join(own, 'node_modules/@tensorflow'),
    },
    files: { model: folder },
  };
}

describeInChromium<PredictInBrowser>('the model in a browser', prepare, 'predictInBrowser', (open) => {
  afterAll(() => rm(folder, { recursive: true, force: true }));

  // WebGPU without a GPU takes minutes for a training step.
  const cases = browserDevices.flatMap((name) =>
    [false, true].map((compile) => [name, { train: name === 'wasm', compile }] as const),
  );
  it.each(cases)('predicts on %s what Node predicts: %j', async (name, options) => {
    const errors: string[] = [];
    const workers: string[] = [];
    const addresses: string[] = [];
    const { page, address, call, hasWebgpu } = await open((opened) => {
      opened.on('pageerror', (error) => errors.push(error.message));
      opened.on('worker', (worker) => workers.push(worker.url()));
      opened.on('request', (request) => addresses.push(request.url()));
    });
    if (name === 'webgpu' && !(await hasWebgpu())) return;
    const result = await call(name, { ...image, data: [...image.data], channels: 3 }, options);
    expect(result).toMatchObject({
      device: name,
      compiles: true,
      left: 0,
      width: 36,
      height: 28,
      prompt: expected.prompt,
    });
    // Whoever does not compile does not load ONNX Runtime, which runs in a worker.
    expect(workers.length).toBe(options.compile ? 1 : 0);
    const requests = addresses.map((requested) => requested.replace(/^blob:/, ''));
    expect(requests.filter((requested) => !requested.startsWith(address))).toEqual([]);
    if (options.train) expect(Math.min(result.loss!, result.moments)).toBeGreaterThan(0);
    expect(largestDifference(Float32Array.from(result.depth), expected.depth)).toBeLessThan(1e-3);
    expect(result.forms).toEqual(
      ['ImageData', 'canvas', 'Blob', 'Uint8Array', 'address', 'HTMLImageElement', 'ImageBitmap', 'VideoFrame'].map(
        (form) => ({ name: form, difference: 0, inRange: true }),
      ),
    );
    expect(result.saved).toEqual(expect.arrayContaining(['config.json', 'model.safetensors', 'vision.safetensors']));
    expect(result.files.every((length) => length > 60)).toBe(true);
    expect(errors).toEqual([]);
    await page.close();
  });
});
