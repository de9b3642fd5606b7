/** The files of a saved model, wherever they are. */
export interface ModelFiles {
  /** Where they are, for messages. */
  readonly name: string;
  /** The content of a file, by its path in the model's folder, with `/` between folders; undefined if there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
}

/** Files in a folder. Node only. */
export function folderFiles(folder: string): ModelFiles {
  return {
    name: folder,
    async read(path) {
      const { readFile } = await import('node:fs/promises');
      const { join } = await import('node:path');
      try {
        return await readFile(join(folder, ...path.split('/')));
      } catch (error) {
        if (['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))) return undefined;
        throw new Error(`${join(folder, path)} cannot be read (${(error as Error).message}).`, { cause: error });
      }
    },
  };
}

/** Files below an address, in a browser or in Node. */
export function urlFiles(address: string | URL): ModelFiles {
  const base = String(address).replace(/\/*$/, '/');
  return {
    name: base,
    async read(path) {
      const response = await fetch(base + path);
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`${base + path} cannot be read: the server answered ${response.status}.`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

/** Files in memory. */
export function memoryFiles(files: ReadonlyMap<string, Uint8Array>, name = 'the model in memory'): ModelFiles {
  return { name, read: async (path) => files.get(path) };
}

/** Writes these files as a folder, whole or not at all; see `writeFolder`. */
export function replaceFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  return writeFolder(folder, async (temporary) => {
    const { mkdir, writeFile } = await import('node:fs/promises');
    const { dirname, join } = await import('node:path');
    for (const [path, content] of files) {
      const file = join(temporary, ...path.split('/'));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  });
}

/**
 * Makes a folder whole or not at all: under another name first, which then takes the place of what was there. Node only.
 *
 * @param write Fills the folder that it is given, which exists.
 */
export async function writeFolder(folder: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const { mkdir, rename, rm } = await import('node:fs/promises');
  const { resolve } = await import('node:path');
  const target = resolve(folder);
  const temporary = `${target}.${crypto.randomUUID()}.tmp`;
  const old = `${temporary}.old`;
  try {
    await mkdir(temporary, { recursive: true });
    await write(temporary);
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
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}
