import sharp from 'sharp';
import { expect, it } from 'vitest';
import { choose, describePage, downloadedDepth, KITCHEN } from '../testing/page.js';

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
    await page.getByText("from the photo's EXIF data: distances follow it").waitFor();
    const [before] = await downloadedDepth(page);
    await field.locator('input').fill('90');
    await page.getByText('set here: distances follow it').waitFor();
    const degrees = (360 / Math.PI) * Math.atan(0.4 / (26 / Math.hypot(36, 24)));
    expect((await downloadedDepth(page))[0]! / before!).toBeCloseTo(Math.tan((degrees * Math.PI) / 360), 4);
    await page.close();
  });
});
