import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a folder whole or not at all: under another name, which then takes the place of what was there. Whenever the program is killed, either
 * the new or the old content is there for {@link recoverFolder}.
 *
 * @param fill writes the content; it gets a path at which there is nothing yet.
 */
export async function replaceFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const { partial, old } = names(folder);
  await mkdir(dirname(folder), { recursive: true });
  await rm(partial, { recursive: true, force: true });
  await fill(partial);
  await rm(old, { recursive: true, force: true });
  if (existsSync(folder)) await rename(folder, old);
  await rename(partial, folder);
  await rm(old, { recursive: true, force: true });
}

/** Brings a folder back whose replacement was cut off, and removes what was not finished. */
export async function recoverFolder(folder: string): Promise<void> {
  const { old } = names(folder);
  if (!existsSync(folder) && existsSync(old)) await rename(old, folder);
  const parent = dirname(folder);
  if (!existsSync(parent)) return;
  for (const name of await readdir(parent)) {
    if (name.startsWith(`${basename(folder)}.`)) await rm(join(parent, name), { recursive: true, force: true });
  }
}

function names(folder: string): { partial: string; old: string } {
  return { partial: `${folder}.partial`, old: `${folder}.old` };
}
