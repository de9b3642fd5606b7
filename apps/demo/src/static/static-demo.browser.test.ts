import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import serveStatic from '@fastify/static';
import { CHROMIUM, hasChromium, launchChromium } from '@llm-mde/tooling-vitest/browser';
import Fastify from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { trainingFiles } from '../testing/training-files.js';
import { writeStaticDemo } from './static-demo.js';

describe.skipIf(!hasChromium)(
  `the page without its server (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`,
  () => {
    let root: string;
    let browser: Browser;
    const problems: string[] = [];

    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'demo-static-'));
      browser = await launchChromium();
    });
    afterAll(async () => {
      await browser?.close();
      await rm(root, { recursive: true, force: true });
    });

    /** A plain server of files, as any host is. */
    async function serve(port = 0) {
      const server = Fastify({ forceCloseConnections: true });
      await server.register(serveStatic, { root, prefix: '/site/demo/' });
      const address = `${await server.listen({ host: '127.0.0.1', port })}/site/demo/`;
      return { address, port: Number(new URL(address).port), close: () => server.close() };
    }

    async function estimate(page: Page): Promise<void> {
      await page.locator('.sample').first().click();
      await page.locator('canvas.depth').waitFor();
      await page.getByText(/not uploaded · (wasm|webgpu)/).waitFor();
    }

    async function fineTune(page: Page): Promise<void> {
      await page.getByRole('button', { name: 'Fine-tune' }).click();
      await page.locator('.tune input[type=file]').setInputFiles(await trainingFiles(2));
      await page.getByRole('spinbutton', { name: 'Steps' }).fill('3');
      await page.getByRole('button', { name: 'Start' }).click();
      await page.getByText('Finished after 3 steps.').waitFor({ timeout: 120_000 });
    }

    it('estimates depth and fine-tunes, at the second visit without a network, until there is a newer version', async () => {
      const { models, storedBytes } = await writeStaticDemo(root);
      expect(models).toMatchObject([{ id: 'tiny', halved: { accepted: true } }]);
      expect(storedBytes).toBeGreaterThan(models[0]!.bytes);
      const server = await serve();
      const context = await browser.newContext();
      const first = await context.newPage();
      first.on('pageerror', ({ message }) => problems.push(message));
      first.on('response', (response) => response.ok() || problems.push(`${response.status()} ${response.url()}`));
      first.on('request', (request) => request.method() !== 'GET' && problems.push(`sent ${request.url()}`));
      await first.goto(server.address);
      await estimate(first);
      const choice = first.getByRole('checkbox', { name: 'Run in browser' });
      expect([await choice.isChecked(), await choice.isDisabled()]).toEqual([true, true]);
      await first.getByText('Works offline').waitFor();
      expect(problems).toEqual([]);
      await first.close();
      await server.close();

      await context.setOffline(true);
      const second = await context.newPage();
      await second.goto(server.address);
      await estimate(second);
      await fineTune(second);
      await second.close();

      await context.setOffline(false);
      await writeStaticDemo(root, { models: inject('models') });
      const newer = await serve(server.port);
      const third = await context.newPage();
      await third.goto(newer.address);
      const names = () => third.getByRole('combobox', { name: 'Model' }).locator('option').allTextContents();
      await expect.poll(names).toEqual(['tiny']);
      await third.getByRole('button', { name: 'Reload' }).click();
      await expect.poll(() => names().catch(() => [])).toEqual(['rooms-fixed', 'rooms']);
      await third.getByText('Works offline').waitFor();
      await estimate(third);
      const kept = await third.evaluate(async () => {
        const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
        return (await Promise.all(caches_.map((cache) => cache.keys()))).flat().map(({ url }) => new URL(url).pathname);
      });
      expect(kept.filter((path) => path.includes('/models/tiny/'))).toEqual([]);
      expect(kept.filter((path) => path.endsWith('/api/models'))).toHaveLength(1);
      await context.close();
      await newer.close();
    });
  },
);
