import { PretrainedError } from './pretrained-error.js';
import { refuseSpecialFile } from './safetensors/byte-source.js';
import type { SafetensorsFile } from './safetensors/file.js';

/** The files of a model, wherever they are. */
export interface FileSource {
  /** Where they are, for messages. */
  readonly name: string;
  /** The content of a file, by its path with `/` between folders; undefined if there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
}

/** The files of a pretrained model: a folder, or a repository on the hub. */
export interface PretrainedFiles extends FileSource {
  /** The folder that holds the files, for a repository that in the cache; undefined in a browser. */
  readonly folder: string | undefined;
  /** The commit of the repository; undefined for a folder. */
  readonly revision: string | undefined;
  /** Whether a file can be read. Of a repository only config.json, the weights and the `optionalFiles` can. */
  has(file: string): boolean;
  /** Opens a safetensors file, of which only the header is read. */
  openSafetensors(file: string): Promise<SafetensorsFile>;
}

/** Files in a folder. Node only. */
export function folderFiles(folder: string): FileSource {
  return {
    name: folder,
    async read(path) {
      const { readFile } = await import('node:fs/promises');
      const { join } = await import('node:path');
      const file = join(folder, ...path.split('/'));
      try {
        await refuseSpecialFile(file);
        return await readFile(file);
      } catch (error) {
        if (['ENOENT', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code))) return undefined;
        throw new Error(`${file} cannot be read (${(error as Error).message}).`, { cause: error });
      }
    },
  };
}

/** Files below an address, in a browser or in Node. */
export function urlFiles(address: string | URL): FileSource {
  const base = String(address).replace(/\/*$/, '/');
  return {
    name: base,
    async read(path) {
      const response = await fetch(base + path);
      // Many servers answer with a page where they have no such file.
      if (response.status === 404 || /^text\/html\b/.test(response.headers.get('Content-Type') ?? '')) return undefined;
      if (!response.ok) throw new Error(`${base + path} cannot be read: the server answered ${response.status}.`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

/** Files in memory. */
export function memoryFiles(files: ReadonlyMap<string, Uint8Array>, name = 'the model in memory'): FileSource {
  return { name, read: async (path) => files.get(path) };
}

/**
 * The content of a JSON file.
 * @throws {PretrainedError} if it is missing or not valid JSON.
 */
export async function readJson(files: FileSource, path: string): Promise<unknown> {
  const content = await files.read(path);
  if (content === undefined) throw new PretrainedError(`${files.name} has no ${path}.`);
  try {
    return JSON.parse(new TextDecoder().decode(content));
  } catch (error) {
    throw new PretrainedError(`${path} of ${files.name} is not valid JSON: ${(error as Error).message}.`);
  }
}
