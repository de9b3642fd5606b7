import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import serveStatic from '@fastify/static';
import { CHROMIUM, hasChromium, launchChromium } from '@llm-mde/tooling-vitest/browser';
import Fastify from 'fastify';
import { expect, it } from 'vitest';
import { writeStaticDemo } from './static-demo.js';

it.skipIf(!hasChromium)(
  `estimates depth from static files alone (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`,
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'demo-static-'));
    const server = Fastify();
    const browser = await launchChromium();
    try {
      await writeStaticDemo(root);
      await server.register(serveStatic, { root, prefix: '/site/demo/' });
      const address = await server.listen({ host: '127.0.0.1', port: 0 });
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', ({ message }) => problems.push(message));
      page.on('response', (response) => response.ok() || problems.push(`${response.status()} ${response.url()}`));
      page.on('request', (request) => request.method() !== 'GET' && problems.push(`sent ${request.url()}`));
      await page.goto(`${address}/site/demo/`);
      await page.locator('.sample').first().click();
      await page.locator('canvas.depth').waitFor();
      await page.getByText(/not uploaded · (wasm|webgpu)/).waitFor();
      const choice = page.getByRole('checkbox', { name: 'Run in browser' });
      expect([await choice.isChecked(), await choice.isDisabled()]).toEqual([true, true]);
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
      await server.close();
      await rm(root, { recursive: true, force: true });
    }
  },
);
