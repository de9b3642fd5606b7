import { mkdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHROMIUM, hasChromium, launchChromium } from '@llm-mde/tooling-vitest/browser';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DepthAnswer, WordsAnswer } from './server/schemas.js';
import { bundleSizes } from './testing/bundle-sizes.js';
import { type DemoServer, startDemoServer } from './testing/demo-server.js';
import { savePretrainedModel } from './testing/pretrained-model.js';

const output = fileURLToPath(new URL('../test-output/', import.meta.url));
const sample = fileURLToPath(new URL('page/public/samples/kitchen.jpg', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Pictures for the docs, which `scripts/pictures.mjs` takes. */
const takesPictures = process.env.LLM_MDE_PICTURES === '1';

describe.skipIf(!hasChromium)(
  `the page in a browser (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`,
  () => {
    let server: DemoServer;
    let browser: Browser;
    const problems: string[] = [];

    beforeAll(async () => {
      if (takesPictures) mkdirSync(output, { recursive: true });
      server = await startDemoServer();
      browser = await launchChromium();
    });
    afterAll(async () => {
      await browser?.close();
      await server?.close();
    });

    async function open(options: Parameters<Browser['newPage']>[0], { address } = server): Promise<Page> {
      const page = await browser.newPage(options);
      page.on('pageerror', ({ message }) => problems.push(message));
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      page.on('request', (request) => {
        const url = new URL(request.url());
        if (url.protocol.startsWith('http') && url.origin !== address) problems.push(`requested ${url.href}`);
      });
      return page;
    }
    async function picture(page: Page, name: string): Promise<void> {
      if (takesPictures) await page.screenshot({ path: join(output, `${name}.png`), fullPage: true });
    }

    it('shows everything on a desktop, and estimates the same depth in the browser', async () => {
      const page = await open({ viewport: { width: 1360, height: 860 } });
      // First paint comes before the server has listed its models.
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      await page.route('**/api/models', async (route) => {
        await released;
        await route.continue();
      });
      await page.goto(server.address);
      await page.getByRole('heading', { name: /Drop a photo here/ }).waitFor();
      await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
      release();
      await page.getByRole('combobox', { name: 'Model' }).locator('option').first().waitFor({ state: 'attached' });
      await picture(page, 'desktop-1-welcome');
      expect(await violations(page)).toEqual([]);

      await drop(page, sample);
      const depth = page.locator('canvas.depth');
      await depth.waitFor();
      await page.getByText(/^Trained on rendered rooms only; on photographs .* It does not know the camera/).waitFor();
      const { width, height, depth: values } = await askApi(server.address, 'depth');
      const metres = new Float32Array(new Uint8Array(Buffer.from(values, 'base64')).buffer);
      const [column, row] = [Math.round(width * 0.75), Math.round(height * 0.7)];
      const pointAt = async (share: readonly [number, number]) => {
        const box = (await page.locator('.pane__frame').first().boundingBox())!;
        return { x: box.x + share[0] * box.width, y: box.y + share[1] * box.height };
      };
      const center = await pointAt([(column + 0.5) / width, (row + 0.5) / height]);
      await page.mouse.move(center.x, center.y);
      await expect.poll(() => page.locator('.reading__place').textContent()).toContain(`row ${row}`);
      const place = (await page.locator('.reading__place').textContent())!;
      const [at, on] = place.match(/\d+/g)!.map(Number) as [number, number];
      expect(await page.locator('.bubble--inspect').textContent()).toBe(`${metres[on * width + at]!.toFixed(2)} m`);
      await picture(page, 'desktop-2-depth');

      await page.getByRole('button', { name: 'Measure' }).click();
      const [from, to] = [await pointAt([0.3, 0.75]), await pointAt([0.8, 0.35])];
      await page.mouse.click(from.x, from.y);
      await page.mouse.click(to.x, to.y);
      expect(await page.locator('.bubble--measure').textContent()).toMatch(/^\d+\.\d\d m$/);
      await picture(page, 'desktop-3-measure');

      await page.getByRole('button', { name: 'Attention' }).click();
      const { attention } = await askApi(server.address, 'words');
      await page.getByText(attention.sentence).waitFor();
      // Attention is shown where there is something to see, and nowhere else.
      expect(await page.locator('.marks--grid').count()).toBe(attention.verdict === 'informative' ? 1 : 0);
      await picture(page, 'desktop-4-words');
      expect(await violations(page)).toEqual([]);

      await page.getByRole('button', { name: '3D' }).click();
      const canvas = page.locator('.scene__canvas');
      await canvas.waitFor();
      await expect.poll(async () => await spread(await canvas.screenshot())).toBeGreaterThan(20);
      const before = await canvas.screenshot();
      expect(await framing(before)).toEqual({ x: 'whole, in the middle', y: 'whole, in the middle' });
      await canvas.focus();
      for (let turn = 0; turn < 3; turn++) await page.keyboard.press('ArrowRight');
      expect(Buffer.compare(before, await canvas.screenshot())).not.toBe(0);
      await picture(page, 'desktop-5-3d');

      const [ply, png] = [await download(page, 'PLY'), await download(page, '16-bit PNG')];
      const header = ply.toString('latin1', 0, 400).split('end_header\n')[0]!;
      expect(header).toMatch(/^ply\nformat binary_little_endian 1\.0\n/);
      const vertices = Number(header.match(/element vertex (\d+)/)![1]);
      expect(vertices).toBe(width * height);
      expect(ply.length).toBe(header.length + 'end_header\n'.length + 15 * vertices);
      expect(ply.readFloatLE(header.length + 'end_header\n'.length + 8)).toBeCloseTo(metres[0]!, 5);
      expect(await sharp(png).metadata()).toMatchObject({ width, height, depth: 'ushort', channels: 1 });

      await page.getByRole('button', { name: '2D' }).click();
      await page.getByRole('button', { name: 'Inspect' }).click();
      await page.getByRole('combobox', { name: 'Compare with' }).selectOption('prompt:none');
      await expect.poll(() => page.locator('canvas.depth').count()).toBe(2);
      await picture(page, 'desktop-6-compare');
      // The estimate that stays is requested again.
      const answered = page.waitForResponse((response) => response.url().includes('/api/depth'));
      await page.getByRole('combobox', { name: 'Compare with' }).selectOption('');
      await answered;

      // From here on no photo may be uploaded.
      const sent: string[] = [];
      page.on('request', (request) => request.method() !== 'GET' && sent.push(request.url()));
      await page.getByRole('checkbox', { name: 'Run in browser' }).click();
      await page.locator('.pane__wait').waitFor({ state: 'detached' });
      await page.getByText(/not uploaded · (wasm|webgpu)/).waitFor();
      const local = await download(page, 'NPY');
      const start = local.length - 4 * width * height;
      const largest = metres.reduce((most, value, pixel) => {
        return Math.max(most, Math.abs(local.readFloatLE(start + 4 * pixel) - value) / value);
      }, 0);
      expect(largest).toBeLessThan(0.01);
      expect(sent).toEqual([]);
      await picture(page, 'desktop-7-in-browser');
      await page.close();
    });

    it('shows what patches attend to, times even attention, where they differ by more than chance', async () => {
      const page = await open({ viewport: { width: 1360, height: 860 } });
      await page.goto(server.address);
      await page.locator('.sample').first().click();
      await page.locator('canvas.depth').waitFor();
      await page.getByRole('combobox', { name: 'Model' }).selectOption('rooms-fixed');
      await page.getByRole('button', { name: 'Attention' }).click();
      await page.getByText(/to different prototypes .* by more than chance/).waitFor();
      await page.locator('.marks--grid').waitFor();
      await page.locator('.pane__frame').click({ position: { x: 300, y: 250 } });
      const prototype = page.locator('.prototype').first();
      await prototype.click();
      expect(await prototype.textContent()).toMatch(/\d × even.*\d × the mean of all patches/);
      expect(await prototype.locator('.prototype__words').textContent()).toMatch(/^\S+ 0\.9\d( ·|$)/);
      await picture(page, 'desktop-9-attention');
      expect(await violations(page)).toEqual([]);
      await page.getByRole('combobox', { name: 'Model' }).selectOption('rooms');
      const { attention } = await askApi(server.address, 'words');
      await page.getByText(attention.sentence).waitFor();
      expect((await page.locator('.prototype').count()) > 0).toBe(attention.verdict === 'informative');
      await page.close();
    });

    it("reads the photo's field of view, which distances follow", async () => {
      const page = await open({ viewport: { width: 900, height: 700 } });
      await page.goto(server.address);
      await page.getByRole('combobox', { name: 'Model' }).selectOption('rooms-fixed');
      const phone = await sharp(sample)
        .withExif({ IFD2: { FocalLengthIn35mmFilm: '26' } })
        .jpeg()
        .toBuffer();
      await page
        .locator('input[type=file]')
        .first()
        .setInputFiles({ name: 'phone.jpg', mimeType: 'image/jpeg', buffer: phone });
      await page.locator('canvas.depth').waitFor();
      const field = page.locator('label', { hasText: 'Field of view' });
      // 36 mm of film's width, in a picture of 4 by 3 with the same diagonal.
      expect(await field.locator('output').textContent()).toBe('67°');
      await page.getByText("from the photo's EXIF data: distances follow it").waitFor();
      const metres = async () => (await download(page, 'NPY')).readFloatLE(128);
      const before = await metres();
      await field.locator('input').fill('90');
      await page.getByText('set here: distances follow it').waitFor();
      const degrees = (360 / Math.PI) * Math.atan(0.4 / (26 / Math.hypot(36, 24)));
      expect((await metres()) / before).toBeCloseTo(Math.tan((degrees * Math.PI) / 360), 4);
      await page.close();
    });

    it('runs a model with pretrained towers, and says how much it downloads for that', async () => {
      const saved = await savePretrainedModel();
      vi.stubEnv('LLM_MDE_TOWERS', saved.towers);
      const other = await startDemoServer({}, saved.models);
      try {
        const page = await open({ viewport: { width: 900, height: 700 } }, other);
        await page.goto(other.address);
        await page.locator('.sample').first().click();
        await page.locator('canvas.depth').waitFor();
        const onServer = await download(page, 'NPY');
        const downloaded = new Map<string, number>();
        page.on('response', async (response) => {
          const { pathname } = new URL(response.url());
          if (!pathname.startsWith('/models/')) return;
          downloaded.set(pathname, Number(await response.headerValue('content-length')));
        });
        const name = (await page.locator('.runtime label').textContent())!;
        await page.getByRole('checkbox', { name: 'Run in browser' }).click();
        // The last one.
        await expect.poll(() => [...downloaded.keys()]).toContain('/models/real/model.safetensors');
        await page.locator('.pane__wait').waitFor({ state: 'detached' });
        await page.getByText(/not uploaded · (wasm|webgpu)/).waitFor();
        const inBrowser = await download(page, 'NPY');
        expect(inBrowser.length).toBe(onServer.length);
        for (let at = onServer.length - 4 * 1000; at < onServer.length; at += 4) {
          expect(inBrowser.readFloatLE(at) / onServer.readFloatLE(at)).toBeCloseTo(1, 2);
        }
        const megabytes = [...downloaded.values()].reduce((sum, bytes) => sum + bytes, 0) / 1e6;
        expect([...downloaded.keys()]).toContain('/models/real/towers/language/model.safetensors');
        expect(name).toBe(`Run in browser (${megabytes.toFixed(1)} MB)`);
        await page.close();
      } finally {
        await other.close();
        vi.unstubAllEnvs();
        await saved.remove();
      }
    });

    it('fits a phone, in the dark', async () => {
      const page = await open({
        viewport: { width: 390, height: 844 },
        deviceScaleFactor: 2,
        hasTouch: true,
        isMobile: true,
        colorScheme: 'dark',
      });
      await page.goto(server.address);
      await page.locator('.sample').first().waitFor();
      await picture(page, 'phone-1-welcome');
      await page.locator('.sample').first().tap();
      await page.locator('canvas.depth').waitFor();
      const box = (await page.locator('.pane__frame').boundingBox())!;
      await page.touchscreen.tap(box.x + box.width * 0.7, box.y + box.height * 0.6);
      expect(await page.locator('.reading__numbers strong').textContent()).toMatch(/^\d+\.\d\d m$/);
      await picture(page, 'phone-2-depth');
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      await page.getByRole('button', { name: 'Attention' }).tap();
      await page.getByText((await askApi(server.address, 'words')).attention.sentence).waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
      await picture(page, 'phone-3-words');
      await page.getByRole('button', { name: '3D' }).tap();
      await expect
        .poll(async () => await spread(await page.locator('.scene__canvas').screenshot()))
        .toBeGreaterThan(20);
      const shown = await framing(await page.locator('.scene__canvas').screenshot());
      expect(shown).toEqual({ x: 'whole, in the middle', y: 'whole, in the middle' });
      await picture(page, 'phone-4-3d');
      await page.close();
    });

    it('says what is wrong in a sentence, until it is closed', async () => {
      const page = await open({ viewport: { width: 900, height: 700 } });
      await page.goto(server.address);
      const alert = page.getByRole('alert').locator('p');
      const paste = () => page.dispatchEvent('body', 'paste', { clipboardData: null });
      await paste();
      await expect
        .poll(() => alert.allTextContents())
        .toEqual(['No image pasted: try a JPEG, PNG, WebP or AVIF file.']);
      await picture(page, 'desktop-8-problem');
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Close' }).click();
      await expect.poll(() => alert.count()).toBe(0);
      await page.route('**/api/depth*', (route) => route.abort());
      await page.locator('.sample').first().click();
      await expect.poll(() => alert.allTextContents()).toEqual(['The server does not respond. Is it still running?']);
      await page.keyboard.press('Escape');
      await expect.poll(() => alert.count()).toBe(0);
      // The browser logs the request that was aborted.
      expect(problems.splice(0)).toEqual([expect.stringContaining('net::ERR_FAILED')]);
      await page.close();
    });

    it('loads little at first, and reported no error on the way', () => {
      const sizes = bundleSizes();
      console.log(`Page: ${sizes.first} kB of script and style at first, compressed; ${sizes.scene} kB for 3D.`);
      expect(sizes.first).toBeLessThan(60);
      expect(problems).toEqual([]);
    });

    async function violations(page: Page): Promise<string[]> {
      await page.evaluate(axe);
      const { violations: found } = await page.evaluate(() =>
        (
          window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
        ).axe.run(),
      );
      return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
    }
  },
);

/** Drops a file on the page. */
async function drop(page: Page, path: string): Promise<void> {
  const content = (await readFile(path)).toString('base64');
  const transfer = await page.evaluateHandle((base64) => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    data.items.add(new File([bytes], 'kitchen.jpg', { type: 'image/jpeg' }));
    return data;
  }, content);
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.locator('.drop-veil').waitFor();
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

async function askApi<Kind extends 'depth' | 'words'>(
  address: string,
  kind: Kind,
): Promise<{ depth: DepthAnswer; words: WordsAnswer }[Kind]> {
  const response = await fetch(`${address}/api/${kind}`, {
    method: 'POST',
    body: new Uint8Array(await readFile(sample)),
    headers: { 'content-type': 'image/jpeg' },
  });
  return response.json() as never;
}

async function download(page: Page, name: string): Promise<Buffer> {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name }).click();
  return readFile(await (await downloading).path());
}

/** The largest standard deviation of the channels of a picture. */
async function spread(picture: Buffer): Promise<number> {
  const { channels } = await sharp(picture).stats();
  return Math.max(...channels.map(({ stdev }) => stdev));
}

/** Where a picture shows more than its background. */
async function framing(picture: Buffer): Promise<{ x: string; y: string }> {
  const { width, height } = await sharp(picture).metadata();
  // Without the round corners of the canvas.
  const left = Math.ceil(0.035 * width);
  const top = Math.ceil(0.035 * height);
  const inner = { left, top, width: width - 2 * left, height: height - 2 * top };
  const { info } = await sharp(await sharp(picture).extract(inner).png().toBuffer())
    .trim({ background: '#10151d', threshold: 12 })
    .toBuffer({ resolveWithObject: true });
  const describe = (before: number, size: number, whole: number) => {
    const after = whole - size - before;
    if (before < 1 || after < 1) return `cut off: ${before} before, ${after} after`;
    return Math.abs(before - after) < 0.08 * whole ? 'whole, in the middle' : `${before} before, ${after} after`;
  };
  return {
    x: describe(-info.trimOffsetLeft!, info.width, inner.width),
    y: describe(-info.trimOffsetTop!, info.height, inner.height),
  };
}
