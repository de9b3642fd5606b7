import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { expect, it } from 'vitest';
import { verifiedFiles, withChecksums } from './checksums.js';
import { folderFiles } from './file-source.js';
import { finalPath, recoverFolder, replaceFile, replaceFolder, replaceListedFile } from './replace.js';

const folder = temporaryFolder();

it.each<[string, Parameters<typeof replaceFile>[1]]>([
  ['text', 'größe'],
  ['bytes', new TextEncoder().encode('größe')],
  ['pieces', [new TextEncoder().encode('grö'), new Uint8Array(0), new TextEncoder().encode('ße')]],
  ['a function', (temporary) => writeFile(temporary, 'größe')],
])('replaces a file by %s', async (_, content) => {
  const path = join(folder.path, 'made', 'file');
  await replaceFile(path, 'something longer');
  await replaceFile(path, content);
  expect(await readFile(path, 'utf8')).toBe('größe');
  expect(await readdir(join(folder.path, 'made'))).toEqual(['file']);
});

it('leaves nothing behind if it fails, while writing or while renaming', async () => {
  const path = join(folder.path, 'file');
  await replaceFile(path, 'before');
  const broken = (function* () {
    yield Uint8Array.of(1);
    throw new Error('no more');
  })();
  await expect(replaceFile(path, broken)).rejects.toThrow('no more');
  expect(await readFile(path, 'utf8')).toBe('before');
  await mkdir(join(folder.path, 'folder', 'inside'), { recursive: true });
  await expect(replaceFile(join(folder.path, 'folder'), 'text')).rejects.toThrow();
  expect((await readdir(folder.path)).sort()).toEqual(['file', 'folder']);
});

it('says which file a full disk cannot hold, and what helps', async () => {
  const path = join(folder.path, 'file');
  const full = () => Promise.reject(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
  const message = `There is no space left to write ${path}: free some, or write to another disk.`;
  await expect(replaceFile(path, full)).rejects.toMatchObject({ message, code: 'ENOSPC' });
  await expect(replaceFolder(path, full)).rejects.toMatchObject({ message, code: 'ENOSPC' });
});

it('replaces a folder, and leaves the old one if writing fails', async () => {
  const path = join(folder.path, 'folder');
  await replaceFolder(path, new Map([['inside/old', Uint8Array.of(1)]]));
  await expect(replaceFolder(path, () => Promise.reject(new Error('no more')))).rejects.toThrow('no more');
  expect(await readdir(path)).toEqual(['inside']);
  await replaceFolder(path, (temporary) => writeFile(join(temporary, 'new'), ''));
  expect(await readdir(path)).toEqual(['new']);
  expect(await readdir(folder.path)).toEqual(['folder']);
});

it('restores a folder whose replacement was interrupted', async () => {
  const path = join(folder.path, 'last');
  await replaceFolder(path, new Map([['state', Uint8Array.of(1)]]));
  await rename(path, `${path}.${crypto.randomUUID()}.old`);
  await mkdir(`${path}.${crypto.randomUUID()}.tmp`);
  await mkdir(`${path}.kept`);
  await recoverFolder(path);
  expect((await readdir(folder.path)).sort()).toEqual(['last', 'last.kept']);
  expect(await readdir(path)).toEqual(['state']);
  await recoverFolder(join(folder.path, 'none', 'here'));
});

it('removes what was left of a replacement within a replacement', async () => {
  const path = join(folder.path, 'folder');
  const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
  await mkdir(`${path}.${one}.tmp.${other}.tmp`);
  await mkdir(`${path}.${one}.tmp.${other}.old`);
  await mkdir(`${path}.mine`);
  await recoverFolder(path);
  expect(await readdir(folder.path)).toEqual(['folder.mine']);
});

it('knows the path that something unfinished will have, from what is written and from nothing else', async () => {
  const path = join(folder.path, 'last');
  const seen: string[] = [];
  await replaceFolder(path, (outer) =>
    replaceFolder(join(outer, 'model'), (inner) => {
      seen.push(inner);
      return replaceFile(join(inner, 'weights'), async (file) => {
        seen.push(file);
        await writeFile(file, '');
      });
    }),
  );
  expect(seen.map(finalPath)).toEqual([join(path, 'model'), join(path, 'model', 'weights')]);
  const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
  expect(finalPath(`last.${one}.tmp.${other}.old`)).toBe('last');
  for (const name of [`last.${one}.tmp.json`, `last.${one}`, 'last.tmp', `${one}.tmp`])
    expect(finalPath(name)).toBe(name);
});

it('with checksums refuses each file in which one bit changed, by name', async () => {
  const path = join(folder.path, 'model');
  const names = ['config.json', 'inside/weights', 'SHA256SUMS'];
  const contents = new Map(names.slice(0, 2).map((name, index) => [name, Uint8Array.of(index, 2, 3)]));
  await replaceFolder(path, contents, { checksums: true });
  const readAll = async () => {
    const files = await verifiedFiles(folderFiles(path));
    return Promise.all([...contents.keys()].map((name) => files.read(name)));
  };
  expect((await readAll()).map((bytes) => [...bytes!])).toEqual([...contents.values()].map((bytes) => [...bytes]));
  for (const name of names) {
    const whole = await readFile(join(path, name));
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const damaged = Buffer.from(whole);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      await writeFile(join(path, name), damaged);
      await expect(readAll(), `${name}, bit ${bit}`).rejects.toThrow(name);
    }
    await writeFile(join(path, name), whole);
  }
  await readAll();
});

it('replaces a listed file, which is as listed at every moment', async () => {
  const path = join(folder.path, 'model');
  const [old, changed] = [Uint8Array.of(1), Uint8Array.of(2)];
  const contents = new Map([old, Uint8Array.of(3)].map((content, index) => [`inside/${index}`, content]));
  await replaceFolder(path, contents, { checksums: true });
  const listFile = join(path, 'SHA256SUMS');
  const list = await readFile(listFile, 'utf8');
  const read = async () => (await verifiedFiles(folderFiles(path))).read('inside/0');
  await replaceListedFile(path, 'inside/0', changed);
  expect([...(await read())!]).toEqual([2]);
  expect(await readdir(join(path, 'inside'))).toEqual(['0', '1']);
  const changedList = await readFile(listFile, 'utf8');
  expect(changedList.split('\n').slice(1)).toEqual(list.split('\n').slice(1));
  expect(changedList).not.toBe(list);
  // As if it had been killed: both are listed, and nothing else is taken.
  await writeFile(listFile, await withChecksums(list, 'inside/0', [old, changed]));
  for (const content of [old, changed]) {
    await writeFile(join(path, 'inside/0'), content);
    expect([...(await read())!]).toEqual([...content]);
  }
  await writeFile(join(path, 'inside/0'), Uint8Array.of(4));
  await expect(read()).rejects.toThrow('inside/0');
  await replaceListedFile(path, 'inside/0', old);
  expect(await readFile(listFile, 'utf8')).toBe(list);
});
