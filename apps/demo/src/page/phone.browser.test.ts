import { expect, it } from 'vitest';
import { askApi, describePage, PHONE, pointAt, violations } from '../testing/page.js';

describePage('the page on a phone', ({ server, open }) => {
  it('fits, and reads the depth where one taps', async () => {
    const page = await open(PHONE);
    await page.goto(server().address);
    await page.locator('.sample').last().scrollIntoViewIfNeeded();
    await page.locator('.sample').first().tap();
    await page.locator('canvas.depth').waitFor();
    // The picture comes first; the model is behind a button.
    const { y: top } = (await page.locator('.pane__frame').boundingBox())!;
    expect([top > 0, top < 90]).toEqual([true, true]);
    const model = page.getByRole('combobox', { name: 'Model' });
    expect(await model.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Model and settings' }).tap();
    expect(await model.isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Model and settings' }).tap();
    await page.getByText('Tap the picture to read its depth.').waitFor();
    const { x, y } = await pointAt(page, [0.7, 0.6]);
    await page.touchscreen.tap(x, y);
    expect(await page.locator('.reading__numbers strong').textContent()).toMatch(/^\d(\.\d)? m ± \d(\.\d)? m$/);
    expect(await violations(page)).toEqual([]);
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    expect(await width()).toBe(390);
    await page.getByRole('button', { name: 'Attention' }).tap();
    await page.getByText((await askApi(server().address, 'words')).attention.sentence).waitFor();
    expect(await width()).toBe(390);
    await page.close();
  });
});
