import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { LlmMde } from 'llm-mde';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describePage, download, downloadedDepth, KITCHEN, openSample, PHONE, violations } from '../../testing/page.js';
import { trainingFiles } from '../../testing/training-files.js';

const tensors = async (page: Page) => Number(await page.locator('.loss__plot').getAttribute('data-tensors'));

async function train(page: Page, steps: number): Promise<void> {
  await page.getByRole('spinbutton', { name: 'Steps' }).fill(String(steps));
  await page.getByRole('button', { name: 'Start' }).click();
}

describePage('fine-tuning in the browser', ({ server, open }) => {
  it('trains adapters on pairs, uses them at once, and downloads what Node opens', async () => {
    const page = await open();
    const sent: string[] = [];
    page.on('request', (request) => request.method() !== 'GET' && sent.push(request.url()));
    await page.goto(server().address);
    await page.getByRole('button', { name: 'Fine-tune' }).click();
    const files = await trainingFiles(8);
    const broken = { name: 'broken.npy', mimeType: '', buffer: Buffer.from('nothing') };
    const chooser = page.locator('.tune input[type=file]');
    await chooser.setInputFiles([...files, broken, { ...files[0]!, name: 'broken.jpg' }]);
    await expect.poll(() => page.locator('.tune__pairs li').count()).toBe(8);
    await page.getByText(/^broken\.npy cannot be read/).waitFor();
    expect(await violations(page)).toEqual([]);

    const start = Date.now();
    await train(page, 16);
    await page.getByText(/step [3-9] of 16/).waitFor({ timeout: 120_000 });
    const early = await tensors(page);
    await page.getByText('Finished after 16 steps.').waitFor({ timeout: 170_000 });
    console.log(`16 steps of 4 images in ${((Date.now() - start) / 1000).toFixed(1)} s`);
    // The compiled prediction of pictures and the step itself leave nothing behind.
    expect(await tensors(page)).toBe(early);
    const [, first, last] = (await page.locator('.loss svg').getAttribute('aria-label'))!.match(
      /from (\S+) .* to (\S+) at/,
    )!;
    expect(Number(last)).toBeLessThan(0.8 * Number(first));
    expect(await page.locator('.tune__pictures canvas').count()).toBe(2);
    expect(await violations(page)).toEqual([]);

    const archive = unzipSync(await download(page, 'Download adapters'));
    expect(Object.keys(archive)).toContain('vision_adapter/adapter_model.safetensors');
    await page.getByRole('button', { name: 'Use it now' }).click();
    await page.locator('.sample').first().click();
    await page.locator('canvas.depth').waitFor();
    expect(await page.getByRole('combobox', { name: 'Model' }).inputValue()).toBe('rooms-tuned');
    const inBrowser = await downloadedDepth(page);
    expect(sent).toEqual([]);
    await page.close();

    const folder = await mkdtemp(join(tmpdir(), 'llm-mde-tuned-'));
    for (const [path, content] of Object.entries(archive)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const model = await LlmMde.load(folder);
    const { depth } = await model.predict(KITCHEN);
    await model.dispose();
    await rm(folder, { recursive: true });
    const largest = depth.reduce((most, metres, at) => Math.max(most, Math.abs(inBrowser[at]! / metres - 1)), 0);
    expect(largest).toBeLessThan(0.01);
  }, 300_000);

  it('learns from a few known distances, on a phone, and stops when it is told to', async () => {
    const page = await open(PHONE);
    await openSample(page, server().address);
    await page.getByRole('button', { name: 'Fine-tune' }).tap();
    await page.getByRole('button', { name: 'I know distances in kitchen.jpg' }).tap();
    const box = (await page.locator('.distances').boundingBox())!;
    for (const [index, [across, down]] of [
      [0.3, 0.4],
      [0.7, 0.8],
    ].entries()) {
      await page.touchscreen.tap(box.x + across! * box.width, box.y + down! * box.height);
      await page.getByRole('textbox', { name: `Point ${index + 1}` }).fill(index === 0 ? '3.5' : '1,4');
    }
    await page.getByRole('button', { name: 'Use these distances' }).tap();
    expect(await page.locator('.tune__pairs li').count()).toBe(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await train(page, 2000);
    await page.getByText(/step \d+ of 2000/).waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: 'Stop' }).tap();
    await page.getByText(/Finished after \d+ steps/).waitFor({ timeout: 60_000 });
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.close();
  }, 200_000);
});
