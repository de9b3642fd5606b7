import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inFile } from '../errors.js';
import { byText } from './findings.js';

/** All files below a folder whose names pass, in the order of their paths. Links to folders are not followed. */
export async function filesBelow(folder: string, accept: (name: string) => boolean): Promise<string[]> {
  const entries = await inFile(folder, () => readdir(folder, { recursive: true, withFileTypes: true }));
  return entries
    .filter((entry) => !entry.isDirectory() && accept(entry.name) && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort(byText);
}
