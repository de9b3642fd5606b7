import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Device, openDevice } from '@llm-mde/backend';
import {
  browserDevices,
  buildSite,
  CHROMIUM,
  hasChromium,
  launchChromium,
  type Site,
} from '@llm-mde/tooling-vitest/browser';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LlmMde, type Prediction } from '../dist/index.js';
import type { PredictInBrowser } from './testing/browser-page.js';
import { waves } from './testing/patterns.js';
import { smallConfiguration } from './testing/small-model.js';

const own = fileURLToPath(new URL('../', import.meta.url));
const image = waves(3, 36, 28);

describe.skipIf(!hasChromium)(
  `the model in a browser (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`,
  () => {
    let folder: string;
    let device: Device;
    let expected: Prediction;
    let site: Site;
    let browser: Browser;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'llm-mde-browser-'));
      device = await openDevice();
      const model = await LlmMde.create(smallConfiguration());
      await model.trainStep([{ image, depth: new Float32Array(36 * 28).fill(3) }]);
      expected = await model.predict(image);
      await model.save(folder);
      model.dispose();
      site = await buildSite({
        page: fileURLToPath(new URL('./testing/browser-page.ts', import.meta.url)),
        packages: {
          'llm-mde': own,
          '@llm-mde/backend': join(own, 'node_modules/@llm-mde/backend'),
          '@tensorflow': join(own, 'node_modules/@tensorflow'),
        },
        files: { '/model/': folder },
      });
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
      site?.close();
      await device?.close();
      await rm(folder, { recursive: true, force: true });
    });

    // WebGPU without a GPU takes minutes for a training step.
    const cases = browserDevices.flatMap((name) =>
      [false, true].map((compile) => [name, { train: name === 'wasm', compile }] as const),
    );
    it.each(cases)('predicts on %s what Node predicts: %j', async (name, options) => {
      const page = await browser.newPage();
      // A page that computes on a GPU without one keeps a busy machine for longer than Playwright waits.
      page.setDefaultTimeout(300_000);
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      const workers: string[] = [];
      page.on('worker', (worker) => workers.push(worker.url()));
      const addresses: string[] = [];
      page.on('request', (request) => addresses.push(request.url()));
      await page.goto(site.address);
      await page.waitForFunction('window.predictInBrowser');
      const hasAdapter = await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
      if (name === 'webgpu' && !hasAdapter) return;
      const result = await page.evaluate(
        (parameters) => (window as unknown as { predictInBrowser: PredictInBrowser }).predictInBrowser(...parameters),
        [name, { ...image, data: [...image.data], channels: 3 }, options] satisfies Parameters<PredictInBrowser>,
      );
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
      expect(addresses.filter((address) => !address.startsWith(site.address))).toEqual([]);
      if (options.train) expect(result.loss).toBeGreaterThan(0);
      const errorsOfDepth = result.depth.map((metres, pixel) => Math.abs(metres - expected.depth[pixel]!));
      expect(Math.max(...errorsOfDepth)).toBeLessThan(1e-3);
      expect(errors).toEqual([]);
      await page.close();
    });
  },
);
