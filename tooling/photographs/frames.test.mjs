import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeNpy } from '@llm-mde/depth-maps';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { readFrames } from './frames.mjs';

const temporary = temporaryFolder();

it('reads depth in the unit that the manifest states, and names what it can not read', async () => {
  const folder = temporary.path;
  const photo = { create: { width: 2, height: 1, channels: 3, background: '#ff8000' } };
  await sharp(photo).png().toFile(join(folder, 'photo.png'));
  const raw = { raw: { width: 2, height: 1, channels: 1 } };
  const png = (values) => sharp(Uint16Array.from(values), raw).toColorspace('grey16').png();
  await png([5000, 65535]).toFile(join(folder, 'tum.png'));
  await png([((9870 << 3) | (9870 >> 13)) & 0xffff, 0]).toFile(join(folder, 'sun.png'));
  await writeFile(join(folder, 'meter.npy'), encodeNpy([1.5, Number.NaN], { width: 2, height: 1 }));
  const lines = [
    { set: 'tum', depth: 'tum.png', metresPerUnit: 0.0002, invalid: [0, 65535], intrinsics: { fx: 525 } },
    { set: 'sun', depth: 'sun.png', encoding: 'sunrgbd' },
    { set: 'npy', depth: 'meter.npy', metresPerUnit: 1 },
    { set: 'raw', depth: 'tum.png', metresPerUnit: null },
  ].map((entry) => JSON.stringify({ scene: 's', image: 'photo.png', ...entry }));
  await writeFile(join(folder, 'manifest.jsonl'), `${lines.join('\n')}\n`);

  const { frames, skipped } = await readFrames(folder);
  expect(frames.map(({ truth }) => [...truth.data])).toEqual([
    [1, 0],
    [Math.fround(9.87), 0],
    [1.5, 0],
  ]);
  expect(frames[0]).toMatchObject({ set: 'tum', intrinsics: { fx: 525 } });
  expect([...frames[0].image.data]).toEqual([255, 128, 0, 255, 128, 0]);
  expect(skipped).toEqual(['photo.png: the manifest does not say what its depth values mean.']);
  expect((await readFrames(folder, ['npy'])).frames).toHaveLength(1);
});
