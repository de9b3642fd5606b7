import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHROMIUM, hasChromium, launchChromium } from '@llm-mde/tooling-vitest/browser';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import type { DepthAnswer, WordsAnswer } from '../server/schemas.js';
import { type DemoServer, startDemoServer } from './demo-server.js';

/** The page in Chromium. */
export interface PageTests {
  server(): DemoServer;
  /** A page that may load nothing from other servers; what it reports as an error fails the test that opened it. */
  open(options?: Parameters<Browser['newPage']>[0], server?: DemoServer): Promise<Page>;
  /** What pages have reported since the test began; take out what the test expects. */
  problems: string[];
}

/** Describes tests of the page, which are skipped where there is no Chromium. @param start Of another server than the usual one. */
export function describePage(title: string, tests: (page: PageTests) => void, start = () => startDemoServer()): void {
  const name = `${title} (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`;
  describe.skipIf(!hasChromium)(name, () => {
    let server: DemoServer;
    let browser: Browser;
    const problems: string[] = [];
    beforeAll(async () => {
      server = await start();
      browser = await launchChromium();
    });
    afterEach(() => expect(problems.splice(0)).toEqual([]));
    afterAll(async () => {
      await browser?.close();
      await server?.close();
    });
    tests({
      problems,
      server: () => server,
      async open(options = { viewport: { width: 1360, height: 860 } }, { address } = server) {
        const page = await browser.newPage(options);
        page.on('pageerror', ({ message }) => problems.push(message));
        page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
        page.on('request', (request) => {
          const url = new URL(request.url());
          if (url.protocol.startsWith('http') && url.origin !== address) problems.push(`requested ${url.href}`);
        });
        return page;
      },
    });
  });
}

/** A phone in the dark. */
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
  colorScheme: 'dark',
} as const;

/** The first of the page's examples. */
export const KITCHEN = fileURLToPath(new URL('../page/public/samples/kitchen.jpg', import.meta.url));

/** Opens the first example and waits for its depth. */
export async function openSample(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator('.sample').first().click();
  await page.locator('canvas.depth').first().waitFor();
}

/** A point on the picture, by its share of width and height. */
export async function pointAt(
  page: Page,
  [across, down]: readonly [number, number],
): Promise<{ x: number; y: number }> {
  const frame = page.locator('.pane__frame').first();
  // Downloads are far below.
  await frame.evaluate((element) => element.scrollIntoView({ block: 'center' }));
  const box = (await frame.boundingBox())!;
  return { x: box.x + across * box.width, y: box.y + down * box.height };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong with the page as it is. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations: found } = await page.evaluate(() =>
    (
      window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    ).axe.run(),
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

/** Drops a file on the page. */
export async function drop(page: Page, path: string): Promise<void> {
  const content = (await readFile(path)).toString('base64');
  const transfer = await page.evaluateHandle(
    ([base64, name]) => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64!), (letter) => letter.charCodeAt(0));
      data.items.add(new File([bytes], name!, { type: 'image/jpeg' }));
      return data;
    },
    [content, basename(path)],
  );
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.locator('.drop-veil').waitFor();
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

/** Opens an image from memory. */
export async function choose(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.locator('input[type=file]').first().setInputFiles({ name, mimeType: 'image/jpeg', buffer });
}

/** What the server says of the first example. */
export async function askApi<Kind extends 'depth' | 'words'>(
  address: string,
  kind: Kind,
): Promise<{ depth: DepthAnswer; words: WordsAnswer }[Kind]> {
  const response = await fetch(`${address}/api/${kind}`, {
    method: 'POST',
    body: new Uint8Array(await readFile(KITCHEN)),
    headers: { 'content-type': 'image/jpeg' },
  });
  return response.json() as never;
}

/** Downloads what a button offers. */
export async function download(page: Page, name: string): Promise<Buffer> {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name }).click();
  return readFile(await (await downloading).path());
}

/** Metres of a download as NPY. */
export async function downloadedDepth(page: Page): Promise<Float32Array> {
  const npy = await download(page, 'NPY');
  const start = 10 + npy.readUInt16LE(8);
  return new Float32Array(Uint8Array.from(npy.subarray(start)).buffer);
}

/** Holds back what a page asks for. @returns a function that lets it go on. */
export async function holdBack(page: Page, pattern: string): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(pattern, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}
