import { fileURLToPath } from 'node:url';
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
import type { Train } from './testing/browser-page.js';

describe.skipIf(!hasChromium)(
  `the package in a browser (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`,
  () => {
    let site: Site;
    let browser: Browser;

    beforeAll(async () => {
      const own = fileURLToPath(new URL('..', import.meta.url));
      site = await buildSite({
        page: fileURLToPath(new URL('testing/browser-page.ts', import.meta.url)),
        packages: {
          '@llm-mde/compile': own,
          '@llm-mde/nn': `${own}node_modules/@llm-mde/nn`,
          '@tensorflow': `${own}node_modules/@tensorflow`,
        },
      });
      browser = await launchChromium();
    });

    afterAll(async () => {
      await browser?.close();
      site?.close();
    });

    const train = async (device: 'wasm' | 'webgpu') => {
      const page = await browser.newPage();
      const messages: string[] = [];
      page.on('console', (message) => messages.push(message.text()));
      page.on('pageerror', (error) => messages.push(String(error)));
      await page.goto(site.address);
      await page.waitForFunction('window.train');
      const hasAdapter = await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
      if (device === 'webgpu' && !hasAdapter) return undefined;
      try {
        return await page.evaluate(
          (provider) => (window as unknown as { train: Train }).train(provider),
          device === 'wasm' ? ('cpu' as const) : device,
        );
      } catch (error) {
        throw new Error(`${error}\n${messages.join('\n')}`);
      }
    };

    it.each(browserDevices)('trains on %s, without another TensorFlow.js backend', async (device) => {
      const result = await train(device);
      if (!result) return;
      const { losses, before, after, returned } = result;
      expect(losses[9]).toBeLessThan(0.8 * losses[0]!);
      losses.slice(1).forEach((loss, index) => {
        expect(loss).toBeLessThan(losses[index]!);
      });
      expect(after).not.toEqual(before);
      expect(returned).toEqual(after);
    });
  },
);
