import { CHROMIUM, hasChromium, launchChromium } from '@llm-mde/tooling-vitest/browser';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoServer, startDemoServer } from '../../testing/demo-server.js';
import { download, violations } from '../../testing/page.js';

/** How many frames the memory is watched for. */
const FRAMES = process.env.LLM_MDE_TEST_ALL === '1' ? 300 : 24;

describe.skipIf(!hasChromium)(`video (skipped where ${CHROMIUM} is absent: install Chromium or set CHROMIUM)`, () => {
  let server: DemoServer;
  let browser: Browser;
  const problems: string[] = [];
  beforeAll(async () => {
    server = await startDemoServer();
    browser = await launchChromium(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    expect(problems).toEqual([]);
  });

  async function open(): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    page.on('pageerror', ({ message }) => problems.push(message));
    await page.goto(server.address);
    await page.getByRole('button', { name: 'Video' }).click();
    await page.getByRole('button', { name: 'Use the camera' }).waitFor();
    return page;
  }
  const framesOf = async (page: Page) =>
    Number(await page.locator('.live__rate').getAttribute('data-frames', { timeout: 60_000 }));
  const tensorsOf = async (page: Page) => Number(await page.locator('.live__rate').getAttribute('data-tensors'));
  const untilFrame = (page: Page, count: number) =>
    expect.poll(() => framesOf(page), { timeout: 240_000 }).toBeGreaterThanOrEqual(count);

  it('sends one frame of the camera at a time to the server, records, and turns the camera off', async () => {
    const page = await open();
    let [inFlight, most, sent] = [0, 0, 0];
    await page.route('**/api/depth*', async (route) => {
      inFlight += 1;
      sent += 1;
      most = Math.max(most, inFlight);
      // A slow server: the camera gives dozens of frames meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await route.continue();
    });
    page.on('requestfinished', (request) => request.url().includes('/api/depth') && inFlight--);
    page.on('requestfailed', (request) => request.url().includes('/api/depth') && inFlight--);
    expect(await violations(page)).toEqual([]);
    const start = Date.now();
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await untilFrame(page, 2);
    await page.getByRole('button', { name: 'Record' }).click();
    const before = await framesOf(page);
    await untilFrame(page, before + 4);
    await page.getByRole('button', { name: 'End recording' }).click();
    await page.getByText('on the server').first().waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.waitForTimeout(1000);
    const paused = await framesOf(page);
    await page.waitForTimeout(1000);
    expect(await framesOf(page)).toBe(paused);
    expect(most).toBe(1);
    // Frames are left out rather than queued.
    expect(sent).toBeLessThan((Date.now() - start) / 300 + 2);
    await page.getByRole('button', { name: 'Stop' }).click();
    const isOff = () => page.locator('video').evaluate((video) => (video as HTMLVideoElement).srcObject === null);
    expect(await isOff()).toBe(true);

    const archive = unzipSync(await download(page, '16-bit frames'));
    const names = Object.keys(archive);
    expect(names.length).toBeGreaterThanOrEqual(4);
    const first = await sharp(archive['depth-0001.png']).metadata();
    expect(first).toMatchObject({ depth: 'ushort', channels: 1 });
    expect(new TextDecoder().decode(archive['frames.csv']).split('\n')[1]).toMatch(/^depth-0001\.png,\d/);
    for (const name of ['Depth video', 'Side by side']) {
      const video = await download(page, name);
      // WebM, or MP4.
      const isVideo = video.readUInt32BE(0) === 0x1a45dfa3 || video.toString('latin1', 4, 8) === 'ftyp';
      expect([isVideo, video.length > 1000]).toEqual([true, true]);
    }
    await page.close();
  }, 120_000);

  it(`keeps memory level in the browser over ${FRAMES} frames, and estimates every frame of a file`, async () => {
    const page = await open();
    await page.getByRole('checkbox', { name: 'Run in browser' }).click();
    await page.getByRole('button', { name: 'Use the camera' }).click();
    await untilFrame(page, 3);
    const before = await tensorsOf(page);
    await untilFrame(page, FRAMES);
    expect(await tensorsOf(page)).toBe(before);
    await page.getByText('in this browser, not uploaded').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();

    const recorded = await page.evaluate(recordMovingSquare);
    const buffer = Buffer.from(recorded, 'base64');
    await page.locator('.live input[type=file]').setInputFiles({ name: 'square.webm', mimeType: 'video/webm', buffer });
    await page.getByRole('spinbutton', { name: 'Frames per second' }).fill('5');
    await page.getByRole('button', { name: 'Estimate the whole video' }).click();
    await page.getByRole('heading', { name: /^\d+ frames$/ }).waitFor({ timeout: 60_000 });
    const names = Object.keys(unzipSync(await download(page, '16-bit frames')));
    const seconds = await page.locator('video').evaluate((video) => (video as HTMLVideoElement).duration);
    expect(seconds).toBeGreaterThan(1);
    // And their times.
    expect(names.length).toBe(Math.floor(5 * seconds) + 1);
    await page
      .locator('.live input[type=file]')
      .setInputFiles({ name: 'notes.mp4', mimeType: 'video/mp4', buffer: Buffer.from('none') });
    await page.getByText(/^notes\.mp4 cannot be opened as a video/).waitFor();
    await page.close();
  }, 400_000);
});

/** A video of two seconds, as base64. Runs in the page. */
async function recordMovingSquare(): Promise<string> {
  const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 });
  const context = canvas.getContext('2d')!;
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' });
  const parts: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
  recorder.start();
  for (let frame = 0; frame < 50; frame++) {
    context.fillStyle = '#468';
    context.fillRect(0, 0, 160, 120);
    context.fillStyle = '#fc6';
    context.fillRect(2 * frame, 40, 40, 40);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  recorder.stop();
  await stopped;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}
