// Runs the READMEs' examples for browsers in Chromium: each is bundled with vite out of the project where the packed packages are installed.
import { copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasChromium, launchChromium } from '@llm-mde/tooling-vitest/browser';
import { build, preview } from 'vite';
import { toModule } from './readme-examples.mjs';

export { hasChromium };

/**
 * @param project Folder of the project.
 * @param examples `{ name, code, files }`: TypeScript, and a folder whose files the site serves too.
 * @returns `{ name, problem }` of each; without a problem it ran to its end.
 */
export async function runInBrowser(project, examples) {
  const browser = await launchChromium();
  const results = [];
  try {
    for (const example of examples)
      results.push({ name: example.name, problem: await runOne(browser, project, example) });
  } finally {
    await browser.close();
  }
  return results;
}

async function runOne(browser, project, { name, code, files }) {
  const root = join(project, 'sites', name.replace(/\W+/g, '-'));
  mkdirSync(join(root, 'public'), { recursive: true });
  if (files) cpSync(files, join(root, 'public'), { recursive: true });
  // TensorFlow.js looks for its WebAssembly beside the page, unless it is told otherwise.
  const wasm = join(project, 'node_modules/@tensorflow/tfjs-backend-wasm/dist');
  for (const file of readdirSync(wasm).filter((file) => file.endsWith('.wasm'))) {
    copyFileSync(join(wasm, file), join(root, 'public', file));
  }
  writeFileSync(join(root, 'page.js'), `${toModule(code)}\nwindow.finished = true;\n`);
  writeFileSync(join(root, 'index.html'), '<!doctype html><script type="module" src="./page.js"></script>');
  const options = {
    root,
    logLevel: 'error',
    configFile: false,
    build: { target: 'es2022', chunkSizeWarningLimit: 30_000 },
  };
  try {
    await build(options);
  } catch (error) {
    return `vite can't bundle it: ${error.message}`;
  }
  const server = await preview({ ...options, preview: { port: 0, host: 'localhost' } });
  const page = await browser.newPage();
  const failed = new Promise((_, reject) => page.on('pageerror', reject));
  try {
    await page.goto(server.resolvedUrls.local[0]);
    await Promise.race([failed, page.waitForFunction(() => window.finished, undefined, { timeout: 240_000 })]);
    return undefined;
  } catch (error) {
    return error.message;
  } finally {
    await page.close();
    await server.close();
  }
}
