import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replaceFile } from './replace-file.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();

it.each<[string, string | Uint8Array | Uint8Array[]]>([
  ['text', 'größe'],
  ['bytes', new TextEncoder().encode('größe')],
  ['pieces', [new TextEncoder().encode('grö'), new Uint8Array(0), new TextEncoder().encode('ße')]],
])('replaces a file by %s', async (_, content) => {
  const path = join(folder.path, 'file');
  await replaceFile(path, 'something longer');
  await replaceFile(path, content);
  expect(await readFile(path, 'utf8')).toBe('größe');
  expect(await readdir(folder.path)).toEqual(['file']);
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
