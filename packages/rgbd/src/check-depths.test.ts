import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeDepthPng, encodePng } from '@llm-mde/depth-maps';
import { describe, expect, it } from 'vitest';
import { checkDepths } from './check-depths.js';
import { openImageFolder } from './open-image-folder.js';
import { temporaryFolder } from './testing/fixtures.js';

/** A folder of frames of four pixels, with these depths in metres. */
async function folderOf(frames: Record<string, number[]>): Promise<string> {
  const folder = await temporaryFolder();
  const size = { width: 2, height: 2 };
  for (const kind of ['images', 'depth']) await mkdir(join(folder, kind));
  for (const [name, depth] of Object.entries(frames)) {
    await writeFile(join(folder, 'images', `${name}.png`), encodePng(new Uint8Array(12), size));
    await writeFile(join(folder, 'depth', `${name}.png`), encodeDepthPng(depth, size));
  }
  return folder;
}
const check = async (frames: Record<string, number[]>, options = {}) =>
  checkDepths(await openImageFolder(await folderOf(frames)), options);

describe('checkDepths', () => {
  it('says nothing of depths that make sense', async () => {
    const found = await check({ a: [1, 2, 3, 0], b: [4, 5, 6, 7] });
    expect(found).toEqual({
      read: ['a', 'b'],
      withoutDepth: [],
      withoutCamera: ['a', 'b'],
      depths: { nearest: 1, median: 4, farthest: 7 },
      inRange: 1,
      warnings: [],
    });
  });

  it('has a problem where no depth is in range, or none at all, and never NaN', async () => {
    const far = await check({ a: [15, 20, 55, 0], b: [30, 30, 30, 30] });
    expect(far.problem).toMatch(
      /^No depth lies between 0.001 and 10 m. They are from 15.00 to 55.00 m, median 30.00 m./,
    );
    expect((await check({ a: [15, 20, 55, 0] }, { maximum: 60 })).problem).toBeUndefined();
    const empty = await check({ a: [0, 0, 0, 0], b: [0, 0, 0, 0] });
    expect(empty).toMatchObject({ depths: undefined, withoutDepth: ['a', 'b'], inRange: 0 });
    expect(empty.problem).toContain('None of the 2 frames read has a depth, the first is a');
  });

  it('warns of another unit, and of frames without depth', async () => {
    // TUM RGB-D: 5000 units a metre.
    const tum = await check({ a: [10.8, 10.9, 12, 6], b: [0, 0, 0, 0] });
    expect(tum.warnings).toEqual([
      '1 of the 2 frames read have no depth at all, the first is b.',
      expect.stringContaining('Only 25 % of the depths lie between 0.001 and 10 m. They are from 6.00 to 12.00 m'),
    ]);
    expect((await check({ a: [0.002, 0.003, 0.004, 0.005] })).warnings[0]).toContain('The depths are very small.');
  });

  it('reads on where the few frames that it reads have no depth, and past bad frames if told to', async () => {
    const frames = Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [`f${index}`, [index === 3 ? 2 : 0, 0, 0, 0]]),
    );
    const folder = await folderOf(frames);
    const { inRange, problem } = await checkDepths(await openImageFolder(folder), { frames: 2 });
    expect([inRange, problem]).toEqual([1, undefined]);
    await writeFile(join(folder, 'depth', 'f3.png'), '');
    await expect(checkDepths(await openImageFolder(folder), { ids: ['f3', 'f4'], frames: 1 })).rejects.toThrow(
      'f3.png: The file is empty.',
    );
    const skipping = await openImageFolder(folder, { onBadFrame: 'skip' });
    expect((await checkDepths(skipping, { ids: ['f3', 'f4'], frames: 1 })).read).toEqual(['f4']);
    expect(await checkDepths(skipping, { ids: [] })).toMatchObject({ read: [], warnings: [] });
    expect((await checkDepths(skipping, { ids: ['f3'] })).problem).toMatch(
      /^No frame can be read. The first: Frame f3: .*f3.png: The file is empty.$/,
    );
  });
});
