import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';
import { plural, sentenceOf, writing } from './sentences.js';

const folder = folderOfFile();

const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

it('tells a full disk with path and cure, also where the system names no path', async () => {
  const error = await writing('out', () => Promise.reject(full())).catch((thrown) => thrown);
  expect(sentenceOf(error)).toBe(
    'out cannot be written: the disk is full. Free some space, or choose another disk with --out.',
  );
});

it('names the file that was meant, not the temporary one, and what is in the way', async () => {
  writeFileSync(join(folder, 'a'), '');
  const error = await replaceFile(join(folder, 'a/b.json'), '').catch((thrown) => thrown);
  expect(sentenceOf(error)).toBe(
    `${join(folder, 'a/b.json')} lies in a file, but a folder is needed: choose another name.`,
  );
  const path = `${join(folder, `run.${crypto.randomUUID()}.tmp`, 'b.json')}.${crypto.randomUUID()}.tmp`;
  const denied = Object.assign(new Error('EPERM: operation not permitted, open'), { code: 'EPERM', path });
  expect(sentenceOf(denied)).toMatch(/\/run\/b\.json cannot be written: permission denied\./);
});

it('names options of the command line instead of those of the packages', () => {
  expect(
    sentenceOf(new Error('a.mat: put splits.mat beside the labeled file, or name it with the option splits.')),
  ).toBe('a.mat: put splits.mat beside the labeled file.');
  expect(sentenceOf(new Error('a: It has no folder named images; set the option pairs.images.'))).toBe(
    'a: It has no folder named images.',
  );
});

it('leaves other errors as they are, and counts', () => {
  expect([sentenceOf(new Error('No.')), sentenceOf(new TypeError()), sentenceOf('x')]).toEqual([
    'No.',
    'TypeError',
    'x',
  ]);
  expect([plural(0, 'frame'), plural(1, 'frame'), plural(2, 'frame')]).toEqual(['0 frames', '1 frame', '2 frames']);
});
