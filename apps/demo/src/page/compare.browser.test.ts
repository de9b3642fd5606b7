import { expect, it } from 'vitest';
import { describePage, openSample } from '../testing/page.js';

describePage('a comparison', ({ server, open }) => {
  it('shows the depth of two prompts', async () => {
    const page = await open();
    await openSample(page, server().address);
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('prompt:none');
    await expect.poll(() => page.locator('canvas.depth').count()).toBe(2);
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('');
    await expect.poll(() => page.locator('canvas.depth').count()).toBe(1);
    await page.close();
  });
});
