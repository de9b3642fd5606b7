import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { watchImages } from './watch-images.js';

const folder = folderOfFile();

it('tells of the images that are there, and of those that appear and change, but of no results and no other files', async () => {
  const photos = join(folder, 'photos');
  const out = join(photos, 'predictions');
  mkdirSync(out, { recursive: true });
  const photo = join(folder, 'photo.png');
  await sharp({ create: { width: 4, height: 3, channels: 3, background: 'red' } }).toFile(photo);
  copyFileSync(photo, join(photos, 'old.png'));
  const end = new AbortController();
  const told: [string[], boolean][] = [];
  await watchImages([photos], out, end.signal, async (inputs, areNew) => {
    told.push([inputs.map(({ name }) => name), areNew]);
    if (told.length === 1) {
      for (const name of ['new.png', 'notes.txt', 'predictions/new.color.png']) copyFileSync(photo, join(photos, name));
    } else if (told.length === 2) writeFileSync(join(photos, 'old.png'), 'changed');
    else end.abort();
  });
  expect(told).toEqual([
    [['old'], false],
    [['new'], true],
    [['old'], true],
  ]);
}, 60_000);
