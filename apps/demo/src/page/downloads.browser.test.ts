import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeNpy } from '@llm-mde/depth-maps';
import { strFromU8, unzipSync } from 'fflate';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { askApi, describePage, download, downloadedDepth, KITCHEN, openSample, violations } from '../testing/page.js';

const run = promisify(execFile);

describePage('downloads', ({ server, open }) => {
  it('are the colored picture, which is copied too, and all files in one', async () => {
    const page = await open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await openSample(page, server().address);
    const { width, height } = await askApi(server().address, 'depth');
    const picture = await download(page, 'Color PNG');
    const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width, height, channels: 3 });
    // What the canvas shows.
    const shown = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('canvas.depth')!;
      const { data: rgba } = canvas.getContext('2d')!.getImageData(7, 5, 1, 1);
      return [...rgba].slice(0, 3);
    });
    expect([...data.subarray(3 * (5 * width + 7), 3 * (5 * width + 8))]).toEqual(shown);

    await page.getByRole('button', { name: 'Copy picture' }).click();
    await page.getByText('Copied').waitFor();
    const copied = await page.evaluate(async () => {
      const [item] = await navigator.clipboard.read();
      const bitmap = await createImageBitmap(await item!.getType('image/png'));
      return [bitmap.width, bitmap.height];
    });
    expect(copied).toEqual([width, height]);

    const files = unzipSync(await download(page, 'All as ZIP'));
    expect(Object.keys(files).sort()).toEqual([
      'kitchen-depth.color.png',
      'kitchen-depth.glb',
      'kitchen-depth.json',
      'kitchen-depth.npy',
      'kitchen-depth.ply',
      'kitchen-depth.png',
    ]);
    expect(JSON.parse(strFromU8(files['kitchen-depth.json']!))).toMatchObject({
      model: 'rooms',
      unit: 'metres',
      scale: 1,
    });
    const { data: metres, shape } = decodeNpy(files['kitchen-depth.npy']!);
    expect(shape).toEqual([height, width]);
    expect([...metres].slice(0, 50)).toEqual([...(await downloadedDepth(page))].slice(0, 50));
    expect(await sharp(files['kitchen-depth.png']).metadata()).toMatchObject({ depth: 'ushort', channels: 1 });
    expect(strFromU8(files['kitchen-depth.glb']!.subarray(0, 4))).toBe('glTF');
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  it('come from the API too, by programs that run as they are shown', async () => {
    const page = await open();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto(server().address);
    await page.getByRole('combobox', { name: 'Model' }).selectOption('rooms-fixed');
    await page.locator('.sample').first().click();
    await page.locator('canvas.depth').waitFor();
    await page.locator('label', { hasText: 'Field of view' }).locator('input').fill('90');
    const shown = await downloadedDepth(page);
    const folder = await mkdtemp(join(tmpdir(), 'llm-mde-demo-api-'));
    try {
      await copyFile(KITCHEN, join(folder, 'kitchen.jpg'));
      const programOf = async (language: string) => {
        await page.getByRole('button', { name: language, exact: true }).click();
        await page.getByRole('button', { name: 'Copy code' }).click();
        await page.getByText('Copied').waitFor();
        return page.evaluate(() => navigator.clipboard.readText());
      };
      await run('bash', ['-c', await programOf('curl')], { cwd: folder });
      const { data } = decodeNpy(await readFile(join(folder, 'kitchen-depth.npy')));
      expect(data.length).toBe(shown.length);
      for (const pixel of [0, 1000, shown.length - 1]) expect(data[pixel]).toBeCloseTo(shown[pixel]!, 4);
      const javascript = ['--input-type=module', '-e', await programOf('JavaScript')];
      const { stdout } = await run(process.execPath, javascript, { cwd: folder });
      const [width, height, first] = stdout.split(' ').map(Number);
      expect(width! * height!).toBe(shown.length);
      expect(first).toBeCloseTo(shown[0]!, 4);
      const hasNumpy = await run('python3', ['-c', 'import numpy']).then(
        () => true,
        () => false,
      );
      if (hasNumpy) {
        const { stdout: printed } = await run('python3', ['-c', await programOf('Python')], { cwd: folder });
        expect(printed).toContain(`(${height}, ${width})`);
        expect(Number(printed.trim().split(' ').at(-1))).toBeCloseTo(
          shown.reduce((most, each) => Math.max(most, each)),
          3,
        );
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    await page.close();
  });
});
