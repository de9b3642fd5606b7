import { expect, it } from 'vitest';
import { describePage, downloadedDepth, openSample, pointAt, violations } from '../testing/page.js';
import { centimetres } from './lib/difference.js';

describePage('a comparison', ({ server, open }) => {
  it('swipes between the depth of two models, and shows their difference in centimetres', async () => {
    const page = await open();
    await openSample(page, server().address);
    const first = await downloadedDepth(page);
    await page.getByRole('combobox', { name: 'Model' }).selectOption('rooms-fixed');
    await page.locator('.pane__wait').waitFor({ state: 'detached' });
    const second = await downloadedDepth(page);
    await page.getByRole('combobox', { name: 'Model' }).selectOption('rooms');
    const choice = page.getByRole('combobox', { name: 'Compare with' });
    await choice.selectOption('model:rooms-fixed');
    await expect.poll(() => page.locator('canvas.depth').count()).toBe(2);
    await page.getByText('What rooms-fixed knows').waitFor();

    // Left of the boundary is the first one, and the boundary moves by the arrow keys.
    const boundary = page.getByRole('slider', { name: 'Boundary between rooms and rooms-fixed' });
    const depthAt = async (share: readonly [number, number]) => {
      const { x, y } = await pointAt(page, share);
      await page.mouse.move(x, y);
      await expect.poll(() => page.locator('.bubble--inspect').count()).toBe(1);
      return page.locator('.bubble--inspect').textContent();
    };
    expect(await depthAt([0.3, 0.5])).toContain('±');
    await boundary.focus();
    await page.keyboard.press('Home');
    // The other model has no card, and so no interval.
    expect(await depthAt([0.31, 0.5])).not.toContain('±');
    expect(await violations(page)).toEqual([]);

    await page.getByRole('button', { name: 'Difference' }).click();
    const mean = first.reduce((sum, metres, pixel) => sum + Math.abs(second[pixel]! - metres), 0) / first.length;
    await page.getByText(`Mean difference ${centimetres(mean)}`).waitFor();
    const { x, y } = await pointAt(page, [0.5, 0.5]);
    await page.mouse.move(x, y);
    await page.getByText(/^At the cursor: -?\d+(\.\d)? cm/).waitFor();
    expect(await violations(page)).toEqual([]);

    await page.getByRole('button', { name: 'Side by side' }).click();
    await expect.poll(() => page.locator('.pane__frame').count()).toBe(2);
    await choice.selectOption('prompt:none');
    await page.getByRole('heading', { name: 'no prompt', exact: true }).waitFor();
    await choice.selectOption('');
    await expect.poll(() => page.locator('canvas.depth').count()).toBe(1);
    await page.close();
  });
});
