import sharp from 'sharp';
import { expect, it } from 'vitest';
import { bundleSizes } from '../testing/bundle-sizes.js';
import {
  askApi,
  describePage,
  download,
  downloadedDepth,
  drop,
  holdBack,
  KITCHEN,
  pointAt,
  violations,
} from '../testing/page.js';
import { distanceText } from './lib/distance-text.js';

/** The typical error on the card of the model `rooms`. */
const ERROR = 0.526;

describePage('the page in a browser', ({ server, open }) => {
  it('shows the depth at the cursor, on a desktop, and estimates the same in the browser', async () => {
    const page = await open();
    // First paint comes before the server has listed its models.
    const release = await holdBack(page, '**/api/models');
    await page.goto(server().address);
    await page.getByRole('heading', { name: /Drop a photo here/ }).waitFor();
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
    release();
    await page.getByRole('combobox', { name: 'Model' }).locator('option').first().waitFor({ state: 'attached' });
    expect(await violations(page)).toEqual([]);

    await drop(page, KITCHEN);
    await page.locator('canvas.depth').waitFor();
    const facts = page.locator('.card', { hasText: 'What rooms knows' });
    await facts.getByText('rendered rooms only').waitFor();
    await facts.getByText('53 % of the depth, on 199 photographs').waitFor();
    await facts.getByText(/not known: its distances are for cameras like those/).waitFor();
    const { width, height, depth: values } = await askApi(server().address, 'depth');
    const metres = new Float32Array(new Uint8Array(Buffer.from(values, 'base64')).buffer);
    const [column, row] = [Math.round(width * 0.75), Math.round(height * 0.7)];
    const center = await pointAt(page, [(column + 0.5) / width, (row + 0.5) / height]);
    await page.mouse.move(center.x, center.y);
    await expect.poll(() => page.locator('.reading__place').textContent()).toContain(`row ${row}`);
    const place = (await page.locator('.reading__place').textContent())!;
    const [at, on] = place.match(/\d+/g)!.map(Number) as [number, number];
    const there = metres[on * width + at]!;
    const { value, interval } = distanceText(there, ERROR * there);
    expect(await page.locator('.bubble--inspect').textContent()).toBe(`${value} ${interval}`);

    await page.getByRole('button', { name: 'Measure' }).click();
    const [from, to] = [await pointAt(page, [0.3, 0.75]), await pointAt(page, [0.8, 0.35])];
    await page.mouse.click(from.x, from.y);
    await page.mouse.click(to.x, to.y);
    expect(await page.locator('.bubble--measure').textContent()).toMatch(/^\d(\.\d)? m ± \d(\.\d)? m$/);

    const [ply, png] = [await download(page, 'PLY'), await download(page, '16-bit PNG')];
    const header = ply.toString('latin1', 0, 400).split('end_header\n')[0]!;
    expect(header).toMatch(/^ply\nformat binary_little_endian 1\.0\n/);
    const vertices = Number(header.match(/element vertex (\d+)/)![1]);
    expect(vertices).toBe(width * height);
    expect(ply.length).toBe(header.length + 'end_header\n'.length + 15 * vertices);
    expect(ply.readFloatLE(header.length + 'end_header\n'.length + 8)).toBeCloseTo(metres[0]!, 5);
    expect(await sharp(png).metadata()).toMatchObject({ width, height, depth: 'ushort', channels: 1 });

    // From here on no photo may be uploaded.
    const sent: string[] = [];
    page.on('request', (request) => request.method() !== 'GET' && sent.push(request.url()));
    await page.getByRole('checkbox', { name: 'Run in browser' }).click();
    await page.locator('.pane__wait').waitFor({ state: 'detached' });
    await page.getByText(/not uploaded · (wasm|webgpu)/).waitFor();
    const local = await downloadedDepth(page);
    expect(local.length).toBe(metres.length);
    const largest = metres.reduce((most, value, pixel) => {
      return Math.max(most, Math.abs(local[pixel]! - value) / value);
    }, 0);
    expect(largest).toBeLessThan(0.01);
    expect(sent).toEqual([]);
    await page.close();
  });

  it('loads little at first', () => {
    const sizes = bundleSizes();
    console.log(`Page: ${sizes.first} kB of script and style at first, compressed; ${sizes.scene} kB for 3D.`);
    expect(sizes.first).toBeLessThan(60);
  });
});
