import sharp from 'sharp';
import { expect, it } from 'vitest';
import {
  choose,
  describePage,
  download,
  downloadedDepth,
  KITCHEN,
  openSample,
  pointAt,
  violations,
} from '../testing/page.js';

describePage('the camera', ({ server, open }) => {
  it("is read from the photo's EXIF data, and distances follow its field of view", async () => {
    const page = await open({ viewport: { width: 900, height: 700 } });
    await page.goto(server().address);
    await page.getByRole('combobox', { name: 'Model' }).selectOption('rooms-fixed');
    const phone = await sharp(KITCHEN)
      .withExif({ IFD2: { FocalLengthIn35mmFilm: '26' } })
      .jpeg()
      .toBuffer();
    await choose(page, 'phone.jpg', phone);
    await page.locator('canvas.depth').waitFor();
    const field = page.locator('label', { hasText: 'Field of view' });
    // 36 mm of film's width, in a picture of 4 by 3 with the same diagonal.
    expect(await field.locator('output').textContent()).toBe('67°');
    await page.getByText("A lens of 26 mm on 35-mm film, from the photo's EXIF data. Distances follow it.").waitFor();
    const [before] = await downloadedDepth(page);
    await field.locator('input').fill('90');
    await page.getByText(/set here\. Distances follow it\./).waitFor();
    const degrees = (360 / Math.PI) * Math.atan(0.4 / (26 / Math.hypot(36, 24)));
    expect((await downloadedDepth(page))[0]! / before!).toBeCloseTo(Math.tan((degrees * Math.PI) / 360), 4);
    await page.getByRole('button', { name: 'Back to 67°' }).click();
    expect((await downloadedDepth(page))[0]).toBeCloseTo(before!, 5);
    await page.close();
  });

  it('is calibrated by a known distance, for further photos too', async () => {
    const page = await open();
    await openSample(page, server().address);
    const before = await downloadedDepth(page);
    await page.getByRole('button', { name: 'Measure' }).click();
    const { x, y } = await pointAt(page, [0.54, 0.5]);
    await page.mouse.click(x, y);
    await page.getByRole('heading', { name: 'Distance from the camera' }).waitFor();
    const field = page.getByRole('textbox', { name: /^I know this distance, straight from the camera/ });
    await field.fill('7,5');
    await field.press('Enter');
    await expect.poll(() => page.locator('.reading strong').textContent()).toBe('7.5 m');
    await page.getByText('Calibrated by known distances.').waitFor();
    const after = await downloadedDepth(page);
    const scale = after[0]! / before[0]!;
    await page.getByText(`depth × ${scale.toFixed(2)}, from 1 known distance`).waitFor();
    expect(await violations(page)).toEqual([]);
    const { scale: saved, distances, command } = JSON.parse(String(await download(page, 'JSON')));
    expect(saved).toBeCloseTo(scale, 3);
    expect(distances).toMatchObject([{ photo: 'kitchen.jpg', metres: 7.5, between: 'camera and pixel' }]);
    expect(command).toMatch(/^llm-mde calibrate MODEL kitchen\.jpg@\d+,\d+=7\.5 --fov 60 --no-check$/);

    // A second one, between two points, is weighed against the first.
    const other = await pointAt(page, [0.8, 0.35]);
    await page.mouse.click(other.x, other.y);
    await page.getByRole('textbox', { name: 'I know this distance:' }).fill('1');
    await page.getByRole('button', { name: 'Calibrate' }).click();
    await page.getByText(/from 2 known distances/).waitFor();

    await choose(page, 'another.jpg', await sharp(KITCHEN).flop().jpeg().toBuffer());
    await page.getByText(/depth × .* from 2 known distances/).waitFor();
    await page.getByRole('button', { name: 'Reset the scale' }).click();
    await page.getByText('You know a distance?').waitFor();
    await page.close();
  });
});
