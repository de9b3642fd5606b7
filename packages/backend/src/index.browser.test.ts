import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenAndTrain } from './testing/browser-page.js';

// Debian's Chromium, or the one that CHROMIUM names.
const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
const hasChromium = existsSync(CHROMIUM);

describe.skipIf(!hasChromium)(
  `the package in a browser (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`,
  () => {
    let site: Site;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      site = await buildSite();
      // So that there is a WebGPU adapter without a GPU, too.
      const parameters = [
        '--no-sandbox',
        '--enable-unsafe-webgpu',
        '--enable-features=Vulkan',
        '--use-webgpu-adapter=swiftshader',
      ];
      browser = await chromium.launch({ executablePath: CHROMIUM, args: parameters });
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

    it('opens webgpu and trains, or says why the browser has none', async () => {
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
    });

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

interface Site {
  address: string;
  close(): void;
}

/** A page bundled with vite in a folder where the packages are installed as a user's package manager would. */
async function buildSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'llm-mde-backend-'));
  const own = fileURLToPath(new URL('..', import.meta.url));
  mkdirSync(join(folder, 'node_modules/@llm-mde'), { recursive: true });
  symlinkSync(own, join(folder, 'node_modules/@llm-mde/backend'), 'junction');
  symlinkSync(join(own, 'node_modules/@tensorflow'), join(folder, 'node_modules/@tensorflow'), 'junction');
  writeFileSync(join(folder, 'page.ts'), readFileSync(join(own, 'src/testing/browser-page.ts')));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="./page.ts"></script>');
  await build({
    root: folder,
    logLevel: 'warn',
    configFile: false,
    build: { target: 'es2022', chunkSizeWarningLimit: 4000 },
  });
  const server = await serve(join(folder, 'dist'));
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close() {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://localhost').pathname;
    const file = join(folder, path === '/' ? 'index.html' : path);
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    return response.end(readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, 'localhost', () => resolve(server)));
}
