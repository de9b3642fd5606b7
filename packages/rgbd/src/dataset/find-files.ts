import { extname, posix } from 'node:path';
import picomatch from 'picomatch';
import type { FileTree } from './list-files.js';

export type Kind = 'image' | 'depth';

export const FOLDERS: Record<Kind, string[]> = {
  image: ['images', 'image', 'rgb', 'color', 'lowres_wide'],
  depth: ['depths', 'depth', 'lowres_depth'],
};
const ENDINGS: Record<Kind, string[]> = {
  image: ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.npy'],
  depth: ['.png', '.pgm', '.exr', '.npy'],
};

/** A file of the data set and what tells it from the others of its kind: the same for an image and its depth map. */
export interface KeyedFile {
  path: string;
  key: string;
  /** The same without what a leading `**` matches: in some data sets other folders lie around the images than around the depth maps. */
  inner?: string;
}

export function hasEnding(path: string, kind: Kind): boolean {
  return ENDINGS[kind].includes(extname(path).toLowerCase());
}

export function endingsOf(kind: Kind): string {
  return ENDINGS[kind].join(', ');
}

export function stemOf(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}

/** The folder of a kind that a data set's folder has. */
export function folderOf(tree: FileTree, kind: Kind): string | undefined {
  return FOLDERS[kind].find((name) => tree.paths.some((path) => path.startsWith(`${name}/`)));
}

/**
 * The files that globs name, each with what the wildcards match, without its ending, as its key: `depth/*.png` gives `depth/1.png` the key `1`. A folder stands
 * for all files in it, a path for itself.
 */
export function filesOf(tree: FileTree, globs: string | readonly string[], kind: Kind): KeyedFile[] {
  const found = new Map<string, KeyedFile>();
  for (const glob of typeof globs === 'string' ? [globs] : globs) {
    const wanted = posix.normalize(glob).replace(/\/$/, '');
    if (tree.has(wanted)) found.set(wanted, { path: wanted, key: '' });
    const isFolder = !picomatch.scan(wanted).isGlob || tree.paths.some((path) => path.startsWith(`${wanted}/`));
    const pattern = isFolder
      ? new RegExp(`^${wanted === '.' ? '' : `${escaped(wanted)}/`}(.*)$`, 's')
      : picomatch.makeRe(wanted, { capture: true });
    for (const path of tree.paths) {
      const [, ...captured] = (hasEnding(path, kind) && pattern.exec(path)) || [];
      if (captured.length === 0 || found.has(path)) continue;
      const inner = wanted.startsWith('**/') && captured.length > 1 ? { inner: keyOf(path, captured.slice(1)) } : {};
      found.set(path, { path, key: keyOf(path, captured), ...inner });
    }
  }
  return [...found.values()];
}

/** Files by the folder in their keys. */
export function byFolder(files: readonly KeyedFile[]): Map<string, KeyedFile[]> {
  const folders = new Map<string, KeyedFile[]>();
  for (const file of files) {
    const folder = posix.dirname(file.key);
    const found = folders.get(folder);
    if (found) found.push(file);
    else folders.set(folder, [file]);
  }
  return folders;
}

function keyOf(path: string, captured: readonly (string | undefined)[]): string {
  const parts = captured.filter((part) => part !== undefined && part !== '') as string[];
  const ending = extname(path);
  const last = parts.at(-1);
  // Of `*.{jpg,png}` the ending is matched too.
  if (last === ending.slice(1)) parts.pop();
  else if (last?.endsWith(ending)) parts.push(stemOf(parts.pop()!));
  return parts.join('/');
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
