// Runs the READMEs' examples for browsers in Chromium, without a GPU: each is the only script of a plain Vite project, in the folder where the
// packed packages are installed, once from the development server and once from a build.
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasChromium, launchChromium } from '@llm-mde/tooling-vitest/browser';
import { build, createServer, preview } from 'vite';

export { hasChromium };

/**
 * @param project Folder of the project.
 * @param examples `{ name, code, files }`: TypeScript, and a folder whose files the site serves too.
 * @returns `{ name, problem }` of each run; without a problem it ran to its end.
 */
export async function runInBrowser(project, examples) {
  const browser = await launchChromium([]);
  const results = [];
  try {
    for (const { name, code, files } of examples) {
      for (const folder of ['public', 'node_modules/.vite', 'dist']) {
        rmSync(join(project, folder), { recursive: true, force: true });
      }
      if (files) cpSync(files, join(project, 'public'), { recursive: true });
      writeFileSync(join(project, 'page.ts'), `${code}\nObject.assign(window, { finished: true });\n`);
      writeFileSync(join(project, 'index.html'), '<!doctype html><script type="module" src="./page.ts"></script>');
      const options = { root: project, logLevel: 'error', configFile: false };
      for (const [mode, serve] of Object.entries(SERVERS)) {
        results.push({ name: `${name}, vite ${mode}`, problem: await runOne(browser, () => serve(options)) });
      }
    }
  } finally {
    await browser.close();
  }
  return results;
}

const ADDRESS = { port: 0, host: 'localhost' };
const SERVERS = {
  dev: async (options) => (await createServer({ ...options, server: ADDRESS })).listen(),
  async build(options) {
    await build(options);
    return preview({ ...options, preview: ADDRESS });
  },
};

async function runOne(browser, serve) {
  let server;
  const page = await browser.newPage();
  try {
    server = await serve();
    const failed = new Promise((_, reject) => page.on('pageerror', reject));
    const finished = page.goto(server.resolvedUrls.local[0]).then(() => {
      return page.waitForFunction(() => window.finished, undefined, { timeout: 240_000 });
    });
    await Promise.race([failed, finished]);
    return undefined;
  } catch (error) {
    return error.message;
  } finally {
    await page.close();
    await server?.close();
  }
}

/** Opens what `vite build` made of a project. @returns the text of its page, once `isDone` with it, or after four minutes. */
export async function textOfBuiltPage(project, isDone) {
  const browser = await launchChromium([]);
  let server;
  try {
    server = await preview({ root: project, logLevel: 'error', preview: ADDRESS });
    const page = await browser.newPage();
    const problems = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    await page.goto(server.resolvedUrls.local[0]);
    const end = Date.now() + 240_000;
    let text = '';
    while (!isDone(text) && problems.length === 0 && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      text = await page.locator('body').textContent();
    }
    return [text, ...problems].join('\n');
  } finally {
    await browser.close();
    await server?.close();
  }
}
