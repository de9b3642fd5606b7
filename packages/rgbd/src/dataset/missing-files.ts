import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { FrameFiles } from './source.js';

/** For each frame the first of its files that is not there. Folders are listed once each: that is faster than asking for tens of thousands of files. */
export function missingFiles(files: readonly FrameFiles[]): Promise<(string | undefined)[]> {
  const folders = new Map<string, Promise<Set<string> | undefined>>();
  const list = async (folder: string) => new Set(await readdir(folder));
  const isThere = async (path: string) => {
    const folder = dirname(path);
    const listing = folders.get(folder) ?? list(folder).catch(() => undefined);
    folders.set(folder, listing);
    const names = await listing;
    // Asked for by name too: some file systems do not tell upper from lower case.
    return names !== undefined && (names.has(basename(path)) || existsSync(path));
  };
  return Promise.all(
    files.map(async ({ image, depth }) =>
      (await isThere(image)) ? ((await isThere(depth)) ? undefined : depth) : image,
    ),
  );
}
