import { expect, it } from 'vitest';
import { describePage, violations } from '../testing/page.js';

describePage('an error', ({ server, open, problems }) => {
  it('is a sentence, until it is closed', async () => {
    const page = await open({ viewport: { width: 900, height: 700 } });
    await page.goto(server().address);
    const alert = page.getByRole('alert').locator('p');
    const paste = () => page.dispatchEvent('body', 'paste', { clipboardData: null });
    await paste();
    await expect.poll(() => alert.allTextContents()).toEqual(['No image pasted: try a JPEG, PNG, WebP or AVIF file.']);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close' }).click();
    await expect.poll(() => alert.count()).toBe(0);
    await page.route('**/api/depth*', (route) => route.abort());
    await page.locator('.sample').first().click();
    await expect.poll(() => alert.allTextContents()).toEqual(['The server does not respond. Is it still running?']);
    await page.keyboard.press('Escape');
    await expect.poll(() => alert.count()).toBe(0);
    // What failed is said in the picture too, and is tried again.
    await page.unroute('**/api/depth*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('canvas.depth').waitFor();
    // The browser logs the request that was aborted.
    expect(problems.splice(0)).toEqual([expect.stringContaining('net::ERR_FAILED')]);
    await page.close();
  });
});
