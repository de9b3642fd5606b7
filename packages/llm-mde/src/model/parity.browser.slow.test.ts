import { fileURLToPath } from 'node:url';
import { buildSite, CHROMIUM, hasChromium, launchChromium, type Site } from '@llm-mde/tooling-vitest/browser';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ParityPage, ParityRow } from '../testing/parity-page.js';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const TOWERS = [
  ['tiny-vit', 'vision'],
  ['tiny-dinov2', 'vision'],
  ['tiny-bert', 'language'],
] as const;

describe.skipIf(!hasChromium)(
  `compiled in a browser, PyTorch's numbers (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`,
  () => {
    let site: Site;
    let browser: Browser;

    beforeAll(async () => {
      site = await buildSite({
        page: path('../testing/parity-page.ts'),
        files: {
          '/tiny-vit/': path('../../../vision-encoder/fixtures/tiny-vit'),
          '/tiny-dinov2/': path('../../../vision-encoder/fixtures/tiny-dinov2'),
          '/tiny-bert/': path('../../../language-model/fixtures/tiny-bert'),
          '/tiny-model/': path('../../fixtures/tiny-model'),
        },
      });
      browser = await launchChromium();
    });
    afterAll(async () => {
      await browser?.close();
      site?.close();
    });

    describe.each(['wasm', 'webgpu'] as const)('on %s', (device) => {
      it.each(TOWERS)('has %s', async (name, kind) => {
        const rows = await inBrowser((address) => ['tower', device, address, kind], `/${name}/`);
        if (!rows) return;
        expect(rows.filter(({ quantity }) => quantity.includes('hidden state')).length).toBeGreaterThan(3);
        if (name !== 'tiny-dinov2') {
          expect(rows.filter(({ quantity }) => quantity.includes('gradient')).length).toBeGreaterThan(30);
        }
      });

      it('has the model, its loss and the gradient of every trainable parameter', async () => {
        const rows = await inBrowser(
          (address) => ['model', device, address, ['/tiny-vit/', '/tiny-bert/']],
          '/tiny-model/',
        );
        if (!rows) return;
        expect(rows.filter(({ quantity }) => quantity.includes('gradient')).length).toBeGreaterThan(30);
      });

      type Call = ['tower', ...Parameters<ParityPage['tower']>] | ['model', ...Parameters<ParityPage['model']>];

      /** Undefined where this browser has no WebGPU adapter. */
      async function inBrowser(call: (address: string) => Call, address: string): Promise<ParityRow[] | undefined> {
        const page = await browser.newPage();
        // A page that computes on a GPU without one keeps a busy machine for longer than Playwright waits.
        page.setDefaultTimeout(600_000);
        try {
          await page.goto(site.address);
          await page.waitForFunction('window.page');
          if (device === 'webgpu' && !(await hasAdapter(page))) return undefined;
          const rows = await page.evaluate(([method, ...parameters]) => {
            const { page } = window as unknown as { page: ParityPage };
            return (page[method] as (...args: unknown[]) => Promise<ParityRow[]>)(...parameters);
          }, call(address));
          expect(rows.filter(({ share }) => !(share <= 1))).toEqual([]);
          return rows;
        } finally {
          await page.close();
        }
      }
    });
  },
);

function hasAdapter(page: Page): Promise<boolean> {
  return page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
}
