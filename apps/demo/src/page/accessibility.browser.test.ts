import { expect, it } from 'vitest';
import { choose, describePage, PHONE, violations } from '../testing/page.js';

const DESKTOP = { viewport: { width: 1360, height: 860 }, colorScheme: 'dark' } as const;

describePage('accessibility', ({ server, open }) => {
  it.each([
    ['a desktop in the dark', DESKTOP],
    ['a phone in the light', { ...PHONE, colorScheme: 'light' as const }],
  ])('axe finds nothing in any state, on %s', async (_, device) => {
    const page = await open(device);
    await page.goto(server().address);
    await page.getByText(/The model rooms: Trained on/).waitFor();
    expect(await violations(page), 'start').toEqual([]);
    await choose(page, 'notes.jpg', Buffer.from('no image'));
    await page.getByRole('alert').locator('p').waitFor();
    expect(await violations(page), 'error').toEqual([]);
    await page.keyboard.press('Escape');

    await page.locator('.sample').first().click();
    await page.locator('canvas.depth').waitFor();
    expect(await violations(page), 'result').toEqual([]);
    await page.getByRole('button', { name: 'Measure' }).click();
    await page.locator('.pane__frame').click({ position: { x: 60, y: 60 } });
    await page.getByRole('textbox', { name: /^I know this distance/ }).fill('2');
    expect(await violations(page), 'known distance').toEqual([]);
    await page.getByRole('button', { name: '3D' }).click();
    await page.locator('.scene__canvas').waitFor();
    expect(await violations(page), '3D').toEqual([]);
    await page.getByRole('button', { name: '2D' }).click();
    const settings = page.getByRole('button', { name: 'Model and settings' });
    if (await settings.isVisible()) await settings.click();
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('prompt:none');
    await page.locator('canvas.depth').nth(1).waitFor();
    expect(await violations(page), 'swipe').toEqual([]);
    await page.getByRole('button', { name: 'Inspect' }).click();
    await page.getByRole('button', { name: 'Difference' }).click();
    await page.getByText(/^Red:/).waitFor();
    expect(await violations(page), 'difference').toEqual([]);
    await page.close();
  });

  it('needs no pointer: photo, depth, distance, calibration and download by keyboard', async () => {
    const page = await open();
    await page.goto(server().address);
    const focused = () =>
      page.evaluate(() => {
        const { activeElement: element } = document;
        const label = (element as HTMLInputElement | null)?.labels?.[0]?.textContent;
        return element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? '';
      });
    const tabTo = async (name: string) => {
      for (let step = 0; step < 60; step++) {
        await page.keyboard.press('Tab');
        if ((await focused()).trim().startsWith(name)) return;
      }
      throw new Error(`Tab does not reach ${name}.`);
    };
    await tabTo('Kitchen');
    await page.keyboard.press('Enter');
    await page.locator('canvas.depth').waitFor();
    await tabTo('Measure');
    await page.keyboard.press('Enter');
    await tabTo('kitchen.jpg and its depth');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Distance from the camera' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('heading', { name: 'Distance between points' }).waitFor();
    await page.keyboard.press('ArrowUp');
    await tabTo('Boundary between photo and depth');
    await page.keyboard.press('End');
    await tabTo('I know this distance');
    await page.keyboard.type('3');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.reading strong').textContent()).toBe('3.0 m');
    await tabTo('NPY');
    const downloading = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    expect((await downloading).suggestedFilename()).toBe('kitchen-depth.npy');
    await page.close();
  });

  it('moves nothing for who wants that', async () => {
    const page = await open({ viewport: { width: 900, height: 700 }, reducedMotion: 'reduce' });
    await page.goto(server().address);
    await page.route('**/api/depth*', () => {});
    await page.locator('.sample').first().click();
    await page.locator('.pane__wait').waitFor();
    const moving = await page.evaluate(() => document.getAnimations().length);
    expect(moving).toBe(0);
    await page.close();
  });
});
