// A page in real Chromium for tests: bundled with vite as a user would, served from loopback.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { testAll } from './devices.mjs';

/** Debian's Chromium, or the one that CHROMIUM names. */
export const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';

export const hasChromium = existsSync(CHROMIUM);

/**
 * Devices to test in Chromium: WebGPU without a GPU is slow, so it is tested where all tests run.
 * @type {('wasm' | 'webgpu')[]}
 */
export const browserDevices = testAll ? ['wasm', 'webgpu'] : ['wasm'];

const SOFTWARE_WEBGPU = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-webgpu-adapter=swiftshader'];

/** Starts Chromium, headless, by default with a WebGPU adapter on machines without a GPU too. */
export function launchChromium(options = SOFTWARE_WEBGPU) {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...options] });
}

/**
 * Bundles a page with vite, in a folder where packages are installed as a user's package manager would, and serves it.
 *
 * @param {{ page: string, packages?: Record<string, string>, files?: Record<string, string> }} options `page`: path of the page's TypeScript
 * file. `packages`: folder of each package that the page imports, by name; without, the page stays where it is, beside what it imports.
 * `files`: folder of further files, by the name under which they are served, such as `{ model: '/tmp/model' }`.
 * @returns {Promise<{ address: string, close(): void }>}
 */
export async function buildSite({ page, packages = {}, files = {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'llm-mde-site-'));
  const link = (path, target) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(target, join(folder, path), 'junction');
  };
  for (const [name, target] of Object.entries(packages)) link(`node_modules/${name}`, target);
  for (const [name, target] of Object.entries(files)) link(`public/${name}`, target);
  writeFileSync(
    join(folder, 'page.ts'),
    Object.keys(packages).length > 0 ? readFileSync(page) : `import ${JSON.stringify(page)};`,
  );
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="./page.ts"></script>');
  const options = {
    root: folder,
    logLevel: 'warn',
    configFile: false,
    build: { target: 'es2022', chunkSizeWarningLimit: 8000 },
  };
  await build(options);
  const server = await preview({ ...options, appType: 'mpa', preview: { port: 0, host: 'localhost' } });
  return {
    address: server.resolvedUrls.local[0],
    close() {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
