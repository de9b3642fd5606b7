import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/fixtures.js';
import { type TarEntry, writeTar } from '../testing/write-archives.js';
import { LocationReader } from './location.js';
import { indexTar } from './tar.js';

async function tarOf(entries: TarEntry[], change = (content: Buffer) => content): Promise<string> {
  const path = join(await temporaryFolder(), 'train.tar');
  await writeFile(path, change(writeTar(entries)));
  return path;
}

const A = { name: './a.h5', content: Buffer.from('aaa') };
const B = { name: 'folder/b.h5', content: Buffer.alloc(700, 'b') };

describe('indexTar', () => {
  it('lists files, and LocationReader reads them in any order', async () => {
    const path = await tarOf([{ name: 'folder/', type: '5' }, A, { name: 'link', type: '2' }, B]);
    const { members, bad } = await indexTar(path);
    expect([members.map(({ name, size }) => `${name} ${size}`), bad]).toEqual([['a.h5 3', 'folder/b.h5 700'], []]);
    const reader = new LocationReader();
    const read = (index: number) => reader.read({ kind: 'tar', archive: path, member: members[index]! });
    expect([await read(1), await read(0)]).toEqual([B.content, A.content]);
    await reader.close();
  });

  it.each([
    ['../b.h5', 'its name leads out of the archive'],
    ['a/../../b.h5', 'its name leads out of the archive'],
    ['/etc/b.h5', 'its name is an absolute path'],
    ['C:/b.h5', 'its name is an absolute path'],
    ['a\\..\\b.h5', 'its name contains a backslash'],
  ])('does not list %s', async (name, problem) => {
    const { members, bad } = await indexTar(await tarOf([A, { ...B, name }]));
    expect(members).toHaveLength(1);
    expect(bad).toEqual([
      { file: expect.stringContaining(`train.tar › ${name}`), problem: `The member is not read: ${problem}.` },
    ]);
  });

  it('lists what comes before a cut, wherever it is', async () => {
    const content = writeTar([A, B]);
    // Blocks: header, data, header, two of data, two of zeros.
    const cuts: [length: number, there: number, reported: number][] = [
      [600, 1, 0],
      [1100, 1, 1],
      [1536, 1, 1],
      [1600, 1, 1],
      [2500, 2, 0],
    ];
    for (const [length, there, reported] of cuts) {
      const { members, bad } = await indexTar(await tarOf([A, B], () => content.subarray(0, length)));
      const names = members.map(({ name }) => name);
      expect([names, bad.length], `${length} bytes`).toEqual([['a.h5', 'folder/b.h5'].slice(0, there), reported]);
    }
  });

  it('reports a damaged header and an impossible size', async () => {
    const damaged = await tarOf([A, B], (content) => content.fill(7, 1024, 1100));
    expect((await indexTar(damaged)).bad[0]!.problem).toContain('There is no tar header at byte 1024.');
    const { members, bad } = await indexTar(await tarOf([A, { ...B, size: 8 ** 11 - 1 }]));
    expect(members).toHaveLength(1);
    expect(bad[0]!.problem).toContain('of 8589934591 bytes are there');
  });

  it('rejects other files', async () => {
    await expect(indexTar(await tarOf([], () => Buffer.alloc(2048, 'x')))).rejects.toThrow('It is not a tar file.');
    await expect(indexTar('/nowhere.tar')).rejects.toThrow('/nowhere.tar: There is no such file.');
    await expect(indexTar(await tarOf([A], (content) => gzipSync(content)))).rejects.toThrow('It is not a tar file');
  });
});
