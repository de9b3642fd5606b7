// A page in real Chromium for tests: bundled with vite as a user would, served from loopback.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { testAll } from './devices.mjs';

/** Debian's Chromium, or the one that CHROMIUM names. */
export const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';

export const hasChromium = existsSync(CHROMIUM);

/** Devices to test in Chromium: WebGPU without a GPU is slow, so it is tested where all tests run. */
export const browserDevices = testAll ? ['wasm', 'webgpu'] : ['wasm'];

/** Starts Chromium, headless, with a WebGPU adapter on machines without a GPU too. */
export function launchChromium() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-webgpu-adapter=swiftshader'],
  });
}

/**
 * Bundles a page with vite, in a folder where packages are installed as a user's package manager would, and serves it.
 *
 * @param page Path of the page's TypeScript file.
 * @param packages Folder of each package that the page imports, by name. Without, the page stays where it is, beside what it imports.
 * @param files Folder of further files, by the path under which they are served, such as `{ '/model/': '/tmp/model' }`.
 */
export async function buildSite({ page, packages, files = {} }) {
  const folder = mkdtempSync(join(tmpdir(), 'llm-mde-site-'));
  for (const [name, target] of Object.entries(packages ?? {})) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(target, link, 'junction');
  }
  writeFileSync(join(folder, 'page.ts'), packages ? readFileSync(page) : `import ${JSON.stringify(page)};`);
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="./page.ts"></script>');
  await build({
    root: folder,
    logLevel: 'warn',
    configFile: false,
    build: { target: 'es2022', chunkSizeWarningLimit: 8000 },
  });
  const server = await serve({ ...files, '/': join(folder, 'dist') });
  return {
    address: `http://localhost:${server.address().port}/`,
    close() {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

function serve(folders) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const prefix = Object.keys(folders).find((start) => path.startsWith(start));
    const file = join(folders[prefix], path === '/' ? 'index.html' : path.slice(prefix.length));
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    return response.end(readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, 'localhost', () => resolve(server)));
}
