import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeNpy, encodePng } from '@llm-mde/depth-maps';
import { openImageFolder } from '@llm-mde/rgbd';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';
import { resolveConfiguration } from '../config/resolve.js';
import { checkRunData } from './check-run-data.js';

const folder = folderOfFile();
const configuration = await resolveConfiguration({});
const withCamera = await resolveConfiguration({ set: ['model.camera={"focalLength":60}'] });
let folders = 0;

/** Frames of one depth each, 0 for none. */
async function check(
  depths: { train: number[]; validation: number[]; test: number[] },
  use = configuration,
  notes: string[] = [],
) {
  const path = join(folder, String(folders++));
  const size = { width: 4, height: 2 };
  for (const kind of ['images', 'depth']) mkdirSync(join(path, kind), { recursive: true });
  for (const [split, values] of Object.entries(depths)) {
    for (const [index, metres] of values.entries()) {
      await writeFile(join(path, `images/${split}-${index}.png`), encodePng(new Uint8Array(24), size));
      await writeFile(join(path, `depth/${split}-${index}.npy`), encodeNpy(new Float32Array(8).fill(metres), size));
    }
  }
  const dataset = await openImageFolder(path);
  const ids = (split: string) => dataset.frames.map(({ id }) => id).filter((id) => id.startsWith(split));
  const splits = { train: ids('train'), validation: ids('validation'), test: ids('test') };
  return checkRunData({ dataset, path, ...splits, notes }, use).finally(() => dataset.close());
}

it('finds nothing odd about rooms, and says where the unit is in doubt', async () => {
  expect(await check({ train: [2, 3], validation: [2], test: [2] })).toEqual([]);
  expect(await check({ train: [10.9, 10.8, 4], validation: [2], test: [2] })).toEqual([
    expect.stringMatching(/^Only 33 % of the depths lie between 0\.001 and 10 m\. .*millimetres in PNG/),
  ]);
});

it('says which frames state no camera, where the model gives metres by it', async () => {
  expect(await check({ train: [2, 3], validation: [2], test: [2] }, withCamera)).toEqual([
    '4 of the 4 frames read state no focal length that can be used, the first is train-0. ' +
      'A field of view of 60° is assumed for such frames: write the right one into their EXIF data as FocalLengthIn35mmFilm.',
  ]);
});

it('says how the frames were split where that is odd, and hints at a trained model where they are few', async () => {
  const own = await resolveConfiguration({ set: ['data.path=mine'] });
  expect(await check({ train: [2, 3], validation: [2], test: [2] }, own, ['All are of one scene.'])).toEqual([
    'All are of one scene.',
    '2 training frames are few for a model that begins untrained: begin from a trained one with --from rooms-small.',
  ]);
  const modules = ['vision', 'reprogramming', 'language', 'head'];
  const begun = await resolveConfiguration({
    set: ['data.path=mine', `training.initFrom=${JSON.stringify({ model: 'tiny', modules })}`],
  });
  expect(await check({ train: [2, 3], validation: [2], test: [2] }, begun)).toEqual([]);
});

it.each([
  ['training', { train: [0, 0], validation: [2], test: [2] }, /^The frames for training .*every value is 0/],
  [
    'training',
    { train: [15, 55], validation: [2], test: [2] },
    /No depth lies between .* set by model\.maximumDepth\.$/,
  ],
  [
    'validation',
    { train: [2], validation: [0], test: [2] },
    /^The frames for validation cannot be used\. .* has no depth/,
  ],
  [
    'the test',
    { train: [2], validation: [2], test: [20] },
    /^The frames for the test .* set by evaluation\.maxDepth\.$/,
  ],
])('stops where there is no depth for %s: %j', async (_split, depths, message) => {
  await expect(check(depths)).rejects.toThrow(message);
});
