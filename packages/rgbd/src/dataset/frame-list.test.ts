import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/fixtures.js';
import { formatFrameList, readFrameList, writeFrameList } from './frame-list.js';

const list = {
  ids: ['kitchen_0001/00003', 'office_0002/00001'],
  metadata: { name: '2-shot', seed: '7', from: 'eigen: train' },
};

describe('frame lists', () => {
  it('come back as they were written, and nothing else is left in the folder', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'lists', '2-shot.txt');
    await writeFrameList(path, list);
    expect(await readFrameList(path)).toEqual(list);
    expect(await readFile(path, 'utf8')).toBe(
      '# name: 2-shot\n# seed: 7\n# from: eigen: train\nkitchen_0001/00003\noffice_0002/00001\n',
    );
    expect(await readdir(join(folder, 'lists'))).toEqual(['2-shot.txt']);
  });

  it('may be written by hand', async () => {
    const path = join(await temporaryFolder(), 'list.txt');
    await writeFile(path, '#just words\r\n\r\n a/1 \r\na/2');
    expect(await readFrameList(path)).toEqual({ ids: ['a/1', 'a/2'], metadata: {} });
  });

  it('are rejected when missing, empty, or with a frame twice', async () => {
    const path = join(await temporaryFolder(), 'list.txt');
    await expect(readFrameList(path)).rejects.toThrow(`${path}: There is no such file.`);
    await writeFile(path, '# seed: 1\n');
    await expect(readFrameList(path)).rejects.toThrow('The list has no frames.');
    await writeFile(path, 'a/1\nb/1\na/1\n');
    await expect(readFrameList(path)).rejects.toThrow('Line 3 repeats the frame a/1.');
  });

  it('are not written with what would not come back', () => {
    for (const id of ['', ' a', '#a', 'a\nb'])
      expect(() => formatFrameList({ ids: [id], metadata: {} })).toThrow("can't be written to a list");
    expect(() => formatFrameList({ ids: ['a'], metadata: { 'a:b': '1' } })).toThrow("can't be written");
    expect(() => formatFrameList({ ids: ['a'], metadata: { a: '1\n2' } })).toThrow("can't be written");
  });
});
