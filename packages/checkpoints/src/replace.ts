import { CHECKSUMS_FILE, withChecksums, writeChecksums } from './checksums.js';

/**
 * Writes a file under a temporary name beside it and renames that: a reader sees the old content or the new, never a part, and a failure
 * leaves the old. Makes the file's folder. Node only.
 *
 * @param content Text, bytes, pieces that are written one after the other, or a function that writes a file at the path it is given.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array | Iterable<Uint8Array> | ((temporary: string) => Promise<void>),
): Promise<void> {
  const { mkdir, open, rename, rm } = await import('node:fs/promises');
  const { dirname } = await import('node:path');
  const { temporary } = temporaryNames(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    if (typeof content === 'function') await content(temporary);
    const file = await open(temporary, typeof content === 'function' ? 'r+' : 'wx');
    try {
      if (typeof content !== 'function') {
        const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
        for (const piece of pieces) await file.writeFile(piece);
      }
      // Otherwise a crash of the machine soon after could leave the new name with nothing in it.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw withCure(error, path);
  }
}

/**
 * {@link replaceFile} for a file of a folder whose `SHA256SUMS`, if there is one, lists it. Whenever the program is killed, `verifiedFiles` finds the
 * old content or the new, as listed. Node only.
 *
 * @param path With `/` between folders.
 */
export async function replaceListedFile(folder: string, path: string, content: Uint8Array): Promise<void> {
  const { readFile } = await import('node:fs/promises');
  const { join } = await import('node:path');
  const read = (name: string) =>
    readFile(join(folder, ...name.split('/'))).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
  const [old, list] = [await read(path), (await read(CHECKSUMS_FILE))?.toString()];
  const listing = async (...contents: Uint8Array[]) => {
    if (list === undefined) return;
    await replaceFile(join(folder, CHECKSUMS_FILE), await withChecksums(list, path, contents));
  };
  if (old) await listing(old, content);
  await replaceFile(join(folder, ...path.split('/')), content);
  await listing(content);
}

/** A full disk's own error names neither the file nor what to do. */
function withCure(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  const problem = `There is no space left to write ${path}: free some, or write to another disk.`;
  return Object.assign(new Error(problem, { cause: error }), { code });
}

/**
 * Writes a folder under a temporary name beside it, which then replaces the old folder: a failure leaves the old one. If the program is
 * killed in between, {@link recoverFolder} finds the old content or the new. Node only.
 *
 * @param content The files, by their path in the folder with `/` between folders, or a function that fills the folder it is given, which is empty.
 * @param options With `checksums`, `SHA256SUMS` lists the files, for `verifiedFiles`. @default without
 */
export async function replaceFolder(
  folder: string,
  content: ReadonlyMap<string, Uint8Array | Iterable<Uint8Array>> | ((temporary: string) => Promise<void>),
  { checksums = false }: { checksums?: boolean } = {},
): Promise<void> {
  const { mkdir, rename, rm } = await import('node:fs/promises');
  const { dirname, resolve } = await import('node:path');
  const target = resolve(folder);
  const { temporary, old } = temporaryNames(target);
  try {
    await mkdir(temporary, { recursive: true });
    await (typeof content === 'function' ? content(temporary) : writeFiles(temporary, content));
    await finishFolder(temporary, checksums);
    const replaced = await rename(target, old).then(
      () => true,
      () => false,
    );
    try {
      await rename(temporary, target);
    } catch (error) {
      if (replaced) await rename(old, target);
      throw error;
    }
    await syncFolder(dirname(target));
  } catch (error) {
    throw withCure(error, target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

/** Restores a folder whose replacement was interrupted, and removes what was left unfinished. Nothing may be writing the folder. Node only. */
export async function recoverFolder(folder: string): Promise<void> {
  const { readdir, rename, rm } = await import('node:fs/promises');
  const { existsSync } = await import('node:fs');
  const { basename, dirname, join, resolve } = await import('node:path');
  const target = resolve(folder);
  const parent = dirname(target);
  if (!existsSync(parent)) return;
  const left = (await readdir(parent)).filter(
    (name) => name !== finalPath(name) && finalPath(name) === basename(target),
  );
  const old = left.find((name) => OLD.test(name.slice(basename(target).length)));
  if (old !== undefined && !existsSync(target)) await rename(join(parent, old), target);
  for (const name of left) await rm(join(parent, name), { recursive: true, force: true });
}

const OLD = /^\.[0-9a-f-]{36}\.old$/;

/**
 * The path that what is being written will have: without what `replaceFile` and `replaceFolder` add to names until then, also where that was
 * added more than once, for what is written into an unfinished folder may itself be replaced. Another path is returned as it is.
 */
export function finalPath(path: string): string {
  return path.replace(TEMPORARY, '');
}

const TEMPORARY = /(?:\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(?:tmp|old))+(?=[\\/]|$)/g;

/** Each call has names of its own, so that two processes do not write into each other's file. */
function temporaryNames(path: string): { temporary: string; old: string } {
  const id = crypto.randomUUID();
  return { temporary: `${path}.${id}.tmp`, old: `${path}.${id}.old` };
}

async function writeFiles(
  folder: string,
  files: ReadonlyMap<string, Uint8Array | Iterable<Uint8Array>>,
): Promise<void> {
  const { mkdir, writeFile } = await import('node:fs/promises');
  const { dirname, join } = await import('node:path');
  for (const [path, content] of files) {
    const file = join(folder, ...path.split('/'));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** Brings everything in a folder to the disk, before it gets its name. */
async function finishFolder(folder: string, checksums: boolean): Promise<void> {
  const { open, readdir } = await import('node:fs/promises');
  const { join } = await import('node:path');
  if (checksums) await writeChecksums(folder);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await syncFolder(path);
    if (!entry.isFile()) continue;
    const file = await open(path, 'r+');
    await file.sync().finally(() => file.close());
  }
  await syncFolder(folder);
}

/** Brings the names in a folder to the disk, which Windows does by itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { open } = await import('node:fs/promises');
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
