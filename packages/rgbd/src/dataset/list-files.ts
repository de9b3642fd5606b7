import { readdir, realpath, stat } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { inFile } from '../errors.js';
import { byText } from './findings.js';

/** All files below a folder whose names pass, in the order of their paths. Links to files and folders are followed, but not around in circles. */
export async function filesBelow(folder: string, accept: (name: string) => boolean): Promise<string[]> {
  const files: string[] = [];
  await visit(folder, [await inFile(folder, () => realpath(folder))]);
  return files.sort(byText);

  async function visit(place: string, above: readonly string[]): Promise<void> {
    for (const entry of await inFile(place, () => readdir(place, { withFileTypes: true }))) {
      const path = join(place, entry.name);
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(path)));
      if (isFolder) {
        const real = entry.isDirectory() ? join(above.at(-1)!, entry.name) : await inFile(path, () => realpath(path));
        if (!above.some((other) => isWithin(other, real))) await visit(path, [...above, real]);
      } else if (accept(entry.name) && !entry.name.startsWith('.')) files.push(path);
    }
  }
}

/** Whether a link is one to a folder; with its target missing it counts as a file, which can't be read. */
export async function leadsToFolder(link: string): Promise<boolean> {
  return (await stat(link).catch(() => undefined))?.isDirectory() ?? false;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/** The files of a data set's folder, listed once. */
export class FileTree {
  /** Relative to the folder, with slashes, in the order of their text. */
  readonly paths: readonly string[];
  readonly #known: ReadonlySet<string>;
  readonly #folders: ReadonlySet<string>;

  private constructor(
    readonly root: string,
    paths: readonly string[],
  ) {
    this.paths = paths;
    this.#known = new Set(paths);
    this.#folders = new Set(paths.map((path) => posix.dirname(path)));
  }

  static async of(root: string): Promise<FileTree> {
    const files = await filesBelow(root, () => true);
    return new FileTree(
      root,
      files.map((file) => relative(root, file).replaceAll(sep, '/')),
    );
  }

  has(path: string): boolean {
    return this.#known.has(path);
  }

  /** Whether there are files directly in a folder. */
  hasFolder(path: string): boolean {
    return this.#folders.has(path);
  }

  /** The path of a file for reading it, and for messages. */
  at(path: string): string {
    return join(this.root, path);
  }

  /** Whether some path fits. */
  some(pattern: RegExp): boolean {
    return this.paths.some((path) => pattern.test(path));
  }
}
