import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SERVICE_WORKER } from '../built-files.js';

/** A file that browsers keep to work offline. */
export interface StoredFile {
  /** Below the page, with `/` between folders. */
  path: string;
  bytes: number;
  sha256: string;
  /** Whether it is stored at the first visit, or once it is used. */
  atFirst: boolean;
}

export async function storedFile(folder: string, path: string, atFirst: boolean): Promise<StoredFile> {
  const content = await readFile(join(folder, path));
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { path, bytes: content.length, sha256, atFirst };
}

/** The script of the service worker for these files: another one for every change of a file, which is how browsers notice a new version. */
export async function serviceWorkerFor(files: readonly StoredFile[]): Promise<string> {
  const script = await readFile(SERVICE_WORKER, 'utf8');
  return `self.STORED_FILES = ${JSON.stringify(files)};\n${script}`;
}
