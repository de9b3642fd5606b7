import { fileURLToPath } from 'node:url';
import { buildSite, CHROMIUM, hasChromium, launchChromium, type Site } from '@llm-mde/tooling-vitest/browser';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODEL_TOLERANCE } from './testing/model-goldens.js';
import type { CompareModel } from './testing/parity-page.js';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
describe.skipIf(!hasChromium)(
  `compiled in a browser, PyTorch's numbers (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`,
  () => {
    let site: Site;
    let browser: Browser;

    beforeAll(async () => {
      site = await buildSite({
        page: path('./testing/parity-page.ts'),
        files: {
          '/tiny-vit/': path('../../vision-encoder/fixtures/tiny-vit'),
          '/tiny-bert/': path('../../language-model/fixtures/tiny-bert'),
          '/tiny-model/': path('../fixtures/tiny-model'),
        },
      });
      browser = await launchChromium();
    });
    afterAll(async () => {
      await browser?.close();
      site?.close();
    });

    it.each(['wasm', 'webgpu'] as const)(
      'has the model, its loss and the gradient of every trainable parameter on %s',
      async (device) => {
        const page = await browser.newPage();
        // A page that computes on a GPU without one keeps a busy machine for longer than Playwright waits.
        page.setDefaultTimeout(600_000);
        await page.goto(site.address);
        await page.waitForFunction('window.compareModel');
        if (device === 'webgpu' && !(await hasAdapter(page))) return;
        const rows = await page.evaluate(
          (parameters) => (window as unknown as { compareModel: CompareModel }).compareModel(...parameters),
          [device, '/tiny-model/', ['/tiny-vit/', '/tiny-bert/']] satisfies Parameters<CompareModel>,
        );
        expect(rows.filter(({ error }) => !(error < MODEL_TOLERANCE))).toEqual([]);
        expect(rows.filter(({ quantity }) => quantity.includes('gradient')).length).toBeGreaterThan(30);
        await page.close();
      },
    );
  },
);

function hasAdapter(page: Page): Promise<boolean> {
  return page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
}
