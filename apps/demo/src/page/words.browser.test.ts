import { expect, it } from 'vitest';
import { askApi, describePage, openSample, violations } from '../testing/page.js';

describePage('the attention of patches', ({ server, open }) => {
  it('is shown times even attention where patches differ by more than chance, and nowhere else', async () => {
    const page = await open();
    await openSample(page, server().address);
    await page.getByRole('combobox', { name: 'Model' }).selectOption('rooms-fixed');
    await page.getByRole('button', { name: 'Attention' }).click();
    await page.getByText(/to different prototypes .* by more than chance/).waitFor();
    await page.locator('.marks--grid').waitFor();
    await page.locator('.pane__frame').click({ position: { x: 300, y: 250 } });
    const prototype = page.locator('.prototype').first();
    await prototype.click();
    expect(await prototype.textContent()).toMatch(/\d × even.*\d × the mean of all patches/);
    expect(await prototype.locator('.prototype__words').textContent()).toMatch(/^\S+ 0\.9\d( ·|$)/);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('combobox', { name: 'Model' }).selectOption('rooms');
    const { attention } = await askApi(server().address, 'words');
    await page.getByText(attention.sentence).waitFor();
    expect((await page.locator('.prototype').count()) > 0).toBe(attention.verdict === 'informative');
    expect(await page.locator('.marks--grid').count()).toBe(attention.verdict === 'informative' ? 1 : 0);
    await page.close();
  });
});
