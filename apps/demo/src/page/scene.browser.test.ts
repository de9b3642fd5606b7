import sharp from 'sharp';
import { expect, it } from 'vitest';
import { describePage, openSample, PHONE } from '../testing/page.js';

const IN_THE_MIDDLE = { x: 'whole, in the middle', y: 'whole, in the middle' };

describePage('the photo in 3D', ({ server, open }) => {
  it.each([
    ['a desktop', undefined],
    ['a phone', PHONE],
  ])('is whole, in the middle, on %s, and turns by the arrow keys', async (_, device) => {
    const page = await open(device);
    await openSample(page, server().address);
    await page.getByRole('button', { name: '3D' }).click();
    const canvas = page.locator('.scene__canvas');
    await expect.poll(async () => await spread(await canvas.screenshot())).toBeGreaterThan(20);
    const before = await canvas.screenshot();
    expect(await framing(before)).toEqual(IN_THE_MIDDLE);
    await canvas.focus();
    for (let turn = 0; turn < 3; turn++) await page.keyboard.press('ArrowRight');
    expect(Buffer.compare(before, await canvas.screenshot())).not.toBe(0);
    await page.close();
  });
});

/** The largest standard deviation of the channels of a picture. */
async function spread(picture: Buffer): Promise<number> {
  const { channels } = await sharp(picture).stats();
  return Math.max(...channels.map(({ stdev }) => stdev));
}

/** Where a picture shows more than its background. */
async function framing(picture: Buffer): Promise<{ x: string; y: string }> {
  const { width, height } = await sharp(picture).metadata();
  // Without the round corners of the canvas.
  const left = Math.ceil(0.035 * width);
  const top = Math.ceil(0.035 * height);
  const inner = { left, top, width: width - 2 * left, height: height - 2 * top };
  const { info } = await sharp(await sharp(picture).extract(inner).png().toBuffer())
    .trim({ background: '#10151d', threshold: 12 })
    .toBuffer({ resolveWithObject: true });
  const describe = (before: number, size: number, whole: number) => {
    const after = whole - size - before;
    if (before < 1 || after < 1) return `cut off: ${before} before, ${after} after`;
    return Math.abs(before - after) < 0.08 * whole ? 'whole, in the middle' : `${before} before, ${after} after`;
  };
  return {
    x: describe(-info.trimOffsetLeft!, info.width, inner.width),
    y: describe(-info.trimOffsetTop!, info.height, inner.height),
  };
}
