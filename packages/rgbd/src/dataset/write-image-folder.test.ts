import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openImageFolder } from '../open-image-folder.js';
import { temporaryFolder } from '../testing/fixtures.js';
import { testFrame } from '../testing/test-frame.js';
import { writeImageFolder } from './write-image-folder.js';

const frame = (id: string, scene: string, metres = 2) => {
  const made = testFrame(4, 3);
  return { ...made, id, scene, depth: made.depth.map((value) => value && metres) };
};

it('keeps frames of one name apart, their scenes, and depths that millimetres can not hold', async () => {
  const folder = await temporaryFolder();
  const frames = [frame('x/b/1', 'b', 2.001), frame('y/b/1', 'b', 3), frame('1', 'hall', 80.25)];
  expect(await writeImageFolder(folder, frames)).toBe(3);
  const dataset = await openImageFolder(folder);
  expect(dataset.frames.map(({ id, scene }) => [id, scene])).toEqual([
    ['hall/1', 'hall'],
    ['x/b/1', 'b'],
    ['y/b/1', 'b'],
  ]);
  for (const [id, { depth }] of [
    ['hall/1', frames[2]!],
    ['x/b/1', frames[0]!],
    ['y/b/1', frames[1]!],
  ] as const)
    expect((await dataset.read(id)).depth).toEqual(depth);
});

it('refuses names that lead out, and two frames of one name', async () => {
  const folder = await temporaryFolder();
  await expect(writeImageFolder(folder, [frame('a/1', '../../out')])).rejects.toThrow(
    'its name leads out of the folder',
  );
  expect(readdirSync(folder)).toEqual([]);
  const twins = [frame('a', 'hall'), frame('hall/a', 'hall')];
  await expect(writeImageFolder(folder, twins)).rejects.toThrow(
    'The frames a and hall/a would both be written to hall/a.',
  );
});
