import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHROMIUM, hasChromium, launchChromium } from '@llm-mde/tooling-vitest/browser';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeJson } from '../config/json-file.js';
import { resolveConfiguration } from '../config/resolve.js';
import { runFolder } from '../run/run-folder.js';
import { LiveReport } from './live-report.js';
import { writeReport } from './report.js';
import { runReport } from './testing/run-report.js';

const folder = folderOfFile();
const one = join(folder, 'one.html');
const three = join(folder, 'three.html');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!hasChromium)(
  `a report in a browser (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`,
  () => {
    let browser: Browser;
    const problems: string[] = [];

    beforeAll(async () => {
      const runs = [
        await runReport('<img src=x onerror=alert(1)>', { verdict: 'informative' }),
        await runReport('b', { factor: 1.2, seed: 2 }),
        await runReport('c', { factor: 0.9, seed: 3 }),
      ];
      await writeReport(one, runs.slice(0, 1));
      await writeReport(three, runs);
      browser = await launchChromium([]);
    });
    afterAll(async () => {
      await browser?.close();
      expect(problems).toEqual([]);
    });

    async function open(address: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
      page.on('pageerror', ({ message }) => problems.push(message));
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      page.on('dialog', (dialog) => problems.push(`dialog ${dialog.message()}`));
      page.on('request', (request) => {
        if (!request.url().startsWith('data:') && new URL(request.url()).origin !== new URL(address).origin) {
          problems.push(`requested ${request.url()}`);
        }
      });
      await page.goto(address);
      return page;
    }
    const openFile = (path: string, options = {}) => open(pathToFileURL(path).href, options);

    it('draws all charts and pictures, and needs nothing but its file', async () => {
      for (const file of [one, three]) {
        const page = await openFile(file);
        const charts = await page.locator('.chart').count();
        expect(charts).toBeGreaterThan(8);
        expect(await page.locator('.chart canvas').count()).toBe(charts);
        for (const share of await drawnShares(page, '.chart canvas')) expect(share).toBeGreaterThan(0.001);
        expect(await undrawnPictures(page)).toEqual([]);
        await page.close();
      }
    });

    it('shows values at the pointer, zooms by dragging, and has axes of steps, epochs and time', async () => {
      const page = await openFile(one, { viewport: { width: 1280, height: 2000 } });
      const loss = page.locator('.chart', { hasText: 'training, per step' });
      const value = (name: string) =>
        loss
          .locator('.u-series', { hasText: new RegExp(`^${name}`) })
          .locator('.u-value')
          .textContent();
      const area = (await loss.locator('.u-over').boundingBox())!;
      const pointAt = (share: number) => page.mouse.move(area.x + share * area.width, area.y + area.height / 2);

      await pointAt(0.999);
      expect([await value('step'), await value('training, per step')]).toEqual(['40', '0.0275']);
      // A series with few values shows its nearest one.
      await pointAt(0.6);
      expect(await value('validation')).toBe('1.1');

      await pointAt(0.5);
      await page.mouse.down();
      await pointAt(0.9);
      await page.mouse.up();
      await pointAt(0.001);
      expect(Number(await value('step'))).toBeGreaterThanOrEqual(20);
      await page.getByRole('button', { name: 'Reset zoom' }).click();
      await pointAt(0.001);
      expect(await value('step')).toBe('1');

      await page.getByRole('radio', { name: 'epochs' }).check();
      await pointAt(0.999);
      expect([await value('epoch'), await value('validation')]).toEqual(['2', '0.55']);
      await page.getByRole('radio', { name: 'time' }).check();
      await pointAt(0.001);
      await pointAt(0.999);
      expect(await value('seconds of training')).toBe('40');
      await page.close();
    });

    it('turns the view in space, with the mouse and with keys, and shows other depth in it', async () => {
      const page = await openFile(three);
      const canvas = page.locator('.space canvas');
      await canvas.and(page.locator('[data-drawn]')).waitFor();
      const [share] = await drawnShares(page, '.space canvas');
      expect(share).toBeGreaterThan(0.1);
      const seen = new Set<string>();
      const look = async () => {
        await page.evaluate(
          () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
        );
        seen.add(await canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL()));
      };
      await look();
      await canvas.focus();
      await page.keyboard.press('ArrowLeft');
      await look();
      await page.getByRole('button', { name: 'Zoom in' }).click();
      await look();
      const box = (await canvas.boundingBox())!;
      await page.mouse.move(box.x + 300, box.y + 100);
      await page.mouse.down();
      await page.mouse.move(box.x + 400, box.y + 150);
      await page.mouse.up();
      await look();
      await page.getByLabel('Depth').selectOption('ground truth');
      await look();
      expect(seen.size).toBe(5);
      await page.close();
    });

    it('copies the command and tables', async () => {
      const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
      const page = await context.newPage();
      await page.goto(pathToFileURL(one).href);
      await page.getByRole('button', { name: 'Copy command' }).click();
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("llm-mde train --seed 1 --out 'a b'");
      await page.getByRole('button', { name: 'Copy table as Markdown' }).click();
      await expect
        .poll(() => page.evaluate(() => navigator.clipboard.readText()))
        .toContain('| trained model | 0.100 |');
      await context.close();
    });

    it('prints light, with all pictures, from a dark screen too', async () => {
      const page = await openFile(three, { colorScheme: 'dark' });
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(await background()).toBe('rgb(20, 22, 26)');
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      expect(await background()).toBe('rgb(255, 255, 255)');
      expect(await undrawnPictures(page)).toEqual([]);
      await page.emulateMedia({ media: 'screen', colorScheme: 'dark' });
      // What a printer gets: charts that fit their column, in the colors of paper.
      await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
      const widths = await page
        .locator('.chart')
        .evaluateAll((charts) =>
          charts.map((chart) => [chart.clientWidth, chart.querySelector('canvas')!.clientWidth] as const),
        );
      for (const [column, canvas] of widths) {
        expect(column).toBeLessThanOrEqual(330);
        expect(canvas).toBeLessThan(column);
      }
      await page.evaluate(() => dispatchEvent(new Event('afterprint')));
      expect((await page.pdf({ printBackground: true })).length).toBeGreaterThan(100_000);
      await page.close();
    });

    it('fits a phone, and has no serious finding of axe, light and dark', async () => {
      for (const file of [one, three]) {
        for (const colorScheme of ['light', 'dark'] as const) {
          const page = await openFile(file, { viewport: { width: 390, height: 844 }, colorScheme });
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
          expect(await seriousFindings(page)).toEqual([]);
          await page.setViewportSize({ width: 1280, height: 900 });
          expect(await seriousFindings(page)).toEqual([]);
          await page.close();
        }
      }
    });

    it('follows a run while it is trained, and becomes the report of its test', async () => {
      const run = runFolder(join(folder, 'live'));
      mkdirSync(run.path);
      const live = await LiveReport.start(run, 0);
      const page = await open(live.address);
      const status = page.getByRole('status');
      await status.getByText('Training is being prepared.').waitFor();
      await writeJson(run.configuration, await resolveConfiguration({}));
      const row = (step: number) => ({ step, epoch: 1, loss: 1 / step, gradientNorm: 1, learningRate: 0.001 });
      for (const step of [1, 2, 3]) appendFileSync(run.metrics, `${JSON.stringify(row(step))}\n`);
      const progress = { totalSteps: 9, imagesPerSecond: 1, memory: 1, secondsLeft: 61 };
      live.following({}).onStep?.(row(3), progress);
      await status.getByText('Training: epoch 1, step 3 of 9, 1 min 1 s left.').waitFor();

      const loss = page.locator('.chart').first();
      const area = (await loss.locator('.u-over').boundingBox())!;
      await page.mouse.move(area.x + area.width - 1, area.y + 50);
      const value = () => loss.locator('.u-series', { hasText: 'per step' }).locator('.u-value').textContent();
      expect(await value()).toBe('0.3333');
      // A page that is opened later has all of it.
      const later = await open(live.address);
      expect(await later.locator('.chart').first().getAttribute('data-chart')).toContain('"x":[1,2,3]');
      await later.close();

      writeFileSync(run.report, readFileSync(one));
      await live.close(true);
      await page.getByRole('heading', { name: 'Worst by AbsRel' }).waitFor();
      expect(await undrawnPictures(page)).toEqual([]);
      await page.close();
    });
  },
);

/** Of each canvas, the share of pixels with something on them. */
function drawnShares(page: Page, selector: string): Promise<number[]> {
  return page.locator(selector).evaluateAll((canvases) =>
    (canvases as HTMLCanvasElement[]).map((canvas) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, index) => index % 4 === 3 && value > 0).length / (data.length / 4);
    }),
  );
}

/** Without scrolling. */
function undrawnPictures(page: Page): Promise<string[]> {
  return page
    .locator('img')
    .evaluateAll((images) =>
      (images as HTMLImageElement[])
        .filter((image) => !image.complete || image.naturalWidth === 0)
        .map(({ alt }) => alt),
    );
}

async function seriousFindings(page: Page): Promise<string[]> {
  // The page's policy holds for scripts of its own; what a debugger evaluates is not its own.
  const results = await page.evaluate(`${axe}; axe.run()`);
  const { violations } = results as { violations: { id: string; impact: string; nodes: { html: string }[] }[] };
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 200)}`);
}
