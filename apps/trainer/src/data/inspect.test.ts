import { mkdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodePng } from '@llm-mde/depth-maps';
import { openNyu } from '@llm-mde/nyu';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { contactSheet } from './contact-sheet.js';
import { draftLayout } from './draft-layout.js';
import { datasetText, inspectDataset } from './inspect.js';

const folder = folderOfFile();
const SIZE = { width: 64, height: 48 };

/** A folder of one frame, whose depth in millimetres, from 1 to 4 m, is stored by a function. */
async function folderOf(name: string, store: (millimetres: number) => number, depth = SIZE): Promise<string> {
  const path = join(folder, name);
  for (const kind of ['images', 'depth']) mkdirSync(join(path, kind), { recursive: true });
  const count = depth.width * depth.height;
  const stored = Uint16Array.from({ length: count }, (_, at) => (at % 10 === 0 ? 0 : store(1000 + (at % 3001))));
  const raw = { ...depth, channels: 1 as const };
  await writeFile(join(path, 'images/a.png'), encodePng(new Uint8Array(3 * 64 * 48).fill(90), SIZE));
  await writeFile(join(path, 'depth/a.png'), await sharp(stored, { raw }).toColorspace('grey16').png().toBuffer());
  return path;
}

async function inspect(path: string, pairs = {}) {
  const dataset = await openNyu(path, { pairs });
  try {
    return { dataset, facts: await inspectDataset(dataset) };
  } finally {
    await dataset.close();
  }
}

it('warns where the values look like those of TUM or SUN RGB-D, until they are read as such', async () => {
  const plain = await inspect(await folderOf('plain', (value) => value));
  expect(plain.facts.warnings).toEqual([]);
  const tum = await folderOf('tum', (value) => 5 * value);
  expect((await inspect(tum)).facts.warnings).toContainEqual(expect.stringContaining('--depth-scale 0.0002'));
  const right = await inspect(tum, { metresPerUnit: 0.0002 });
  expect([right.facts.warnings, right.facts.sample.median]).toEqual([[], plain.facts.sample.median]);
  const sun = await folderOf('sun', (value) => ((value << 3) | (value >> 13)) & 0xffff);
  expect((await inspect(sun)).facts.warnings).toContainEqual(expect.stringContaining('--depth-encoding sun-rgbd'));
  expect((await inspect(sun, { encoding: 'sun-rgbd' })).facts.warnings).toEqual([]);
  const tenth = await inspect(await folderOf('tenth', (value) => Math.round(value / 25)));
  expect(tenth.facts.warnings).toContainEqual(expect.stringContaining('photographs have 0.2 to 80 m'));
});

it('says what it believed: layout, unit, sensor, camera and size', async () => {
  const path = await folderOf('small', (value) => value, { width: 32, height: 24 });
  const { facts } = await inspect(path, { intrinsics: { fx: 60, fy: 61, cx: 31.5, cy: 23.5 } });
  const text = datasetText(facts);
  expect(text).toContain('layout       images and depth maps; millimetres in PNG, metres in EXR and NPY');
  expect(text).toContain('camera       fx 60, fy 61, cx 31.5, cy 23.5: 56° across');
  expect(text).toContain('64 by 48 pixels, depth 32 by 24, 90.0 % with depth');
  expect(datasetText((await inspect(path)).facts)).toContain('camera       not stated');
});

it('drafts a description that is read as the folder was, and replaces none', async () => {
  const path = await folderOf('draft', (value) => value);
  const { dataset, facts } = await inspect(path);
  const file = await draftLayout(path, dataset, facts);
  expect(await readFile(file, 'utf8')).toContain('# metresPerUnit: 0.001');
  const again = await inspect(path);
  expect(again.facts.sample).toEqual(facts.sample);
  await expect(draftLayout(path, dataset, facts)).rejects.toThrow('is there already');
});

it('draws images beside their depth', async () => {
  const { dataset } = await inspect(await folderOf('sheet', (value) => value, { width: 32, height: 24 }));
  const frame = await dataset.read('a');
  const { data, info } = await sharp(contactSheet([frame, frame, frame], [1, 4]))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([640, 240]);
  const pixel = (x: number, y: number) => [...data.subarray(3 * (y * 640 + x), 3 * (y * 640 + x) + 3)];
  expect([pixel(5, 5), pixel(600, 200)]).toEqual([
    [90, 90, 90],
    [255, 255, 255],
  ]);
  expect(new Set(pixel(246, 60)).size).toBeGreaterThan(1);
});
