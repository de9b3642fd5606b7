import { fileURLToPath } from 'node:url';
import {
  browserDevices,
  buildSite,
  CHROMIUM,
  hasChromium,
  launchChromium,
  type Site,
} from '@llm-mde/tooling-vitest/browser';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenAndTrain } from './testing/browser-page.js';

describe.skipIf(!hasChromium)(
  `the package in a browser (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`,
  () => {
    let site: Site;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      const own = fileURLToPath(new URL('..', import.meta.url));
      site = await buildSite({
        page: fileURLToPath(new URL('testing/browser-page.ts', import.meta.url)),
        packages: { '@llm-mde/backend': own, '@tensorflow': `${own}node_modules/@tensorflow` },
      });
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
      site?.close();
    });

    const openPage = async () => {
      page = await browser.newPage();
      await page.goto(site.address);
      await page.waitForFunction('window.openAndTrain');
    };

    const openAndTrain = (...parameters: Parameters<OpenAndTrain>) =>
      page.evaluate(
        (given) => (window as unknown as { openAndTrain: OpenAndTrain }).openAndTrain(...given),
        parameters,
      );

    it('opens wasm and trains', async () => {
      await openPage();
      const { device, losses, left } = await openAndTrain('wasm');
      expect(device).toMatchObject({
        name: 'wasm',
        hardware: expect.stringMatching(/^processor with \d+ cores?, as the browser tells it$/),
        libraryVersion: expect.stringContaining('SIMD'),
        skipped: [],
      });
      expect(losses[0]).toBeCloseTo(81, 3);
      expect(losses[1]).toBeLessThan(losses[0]!);
      expect(left).toBe(0);
    });

    it.runIf(browserDevices.includes('webgpu'))(
      'opens webgpu and trains, or says why the browser has none',
      async () => {
        await openPage();
        const hasAdapter = await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
        if (!hasAdapter) {
          await expect(openAndTrain('webgpu')).rejects.toThrow(/The device webgpu can't be opened: (the|this) browser/);
          return;
        }
        const { device, losses, left } = await openAndTrain('webgpu');
        expect(device).toMatchObject({ name: 'webgpu', backendName: 'webgpu', skipped: [] });
        expect(losses[0]).toBeCloseTo(81, 3);
        expect(losses[1]).toBeLessThan(losses[0]!);
        expect(left).toBe(0);
      },
    );

    it("takes a real GPU or wasm by auto, and says that Node's devices are not there", async () => {
      await openPage();
      const { device } = await openAndTrain('auto');
      expect(device.isSoftware).toBe(false);
      expect(device.skipped[0]).toEqual({ device: 'cuda', reason: 'it needs Node: a browser has webgpu and wasm.' });
    });

    it('says what to do where the .wasm files are not', async () => {
      await openPage();
      await expect(openAndTrain('wasm', '/no-such-folder/')).rejects.toThrow(
        "The device wasm can't be opened: its WebAssembly files could not be loaded from /no-such-folder/: copy the .wasm files",
      );
    });
  },
);
