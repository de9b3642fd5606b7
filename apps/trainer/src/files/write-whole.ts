import { rename, rm, writeFile } from 'node:fs/promises';

/** Writes a file under a temporary name beside its place and renames it, so that nobody ever sees half of it. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
