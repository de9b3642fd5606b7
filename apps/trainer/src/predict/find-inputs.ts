import { stat } from 'node:fs/promises';
import { basename, extname, resolve, sep } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { isResult } from './result-files.js';

/** An image to predict. */
export interface Input {
  /** Absolute path of the file, or its address; none for standard input. */
  path?: string;
  /** The name of its results: a path within the folder of results, without an extension. */
  name: string;
}

/** Files that count as images in a folder; named files are always read. */
const IMAGE_ENDINGS = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.gif', '.avif'];

/**
 * The images that a command line names: files, folders (recursively), globs (for shells that do not expand them), addresses, and `-` for standard
 * input, without duplicates. Images of a folder are named by their path in it, others by their file name; duplicate names get their
 * extension, and then a number. Results of earlier predictions are left out.
 *
 * @param out the folder for the results: within a folder of images it is left out.
 * @param options.mayBeEmpty whether folders may have no images, yet. @default false
 * @throws Error if a named file does not exist or a folder has no image in it.
 */
export async function findInputs(
  named: readonly string[],
  out?: string,
  { mayBeEmpty = false }: { mayBeEmpty?: boolean } = {},
): Promise<Input[]> {
  const found = new Map<string, Required<Input>>();
  for (const path of named.filter((path) => path !== '-')) {
    const inputs = await withoutResults(await expand(path, mayBeEmpty), path, out, mayBeEmpty);
    for (const input of inputs) if (!found.has(input.path)) found.set(input.path, input);
  }
  const fromStandardInput = named.includes('-') ? [{ name: 'stdin' }] : [];
  return withUniqueNames([...fromStandardInput, ...found.values()]);
}

/** Whether a path names images: a file, a folder that has one, a pattern or standard input. */
export async function isImages(path: string): Promise<boolean> {
  const kind = await stat(path).catch(() => undefined);
  if (kind?.isDirectory()) return (await imagesOf(path)).length > 0;
  return kind !== undefined || path === '-' || isAddress(path) || isDynamicPattern(path);
}

/** Whether a path ends as those of images do. */
export function isImageName(path: string): boolean {
  return IMAGE_ENDINGS.includes(extname(path).toLowerCase());
}

function isAddress(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

async function imagesOf(folder: string): Promise<string[]> {
  const files = await glob('**/*', { cwd: folder, dot: false, expandDirectories: false });
  return files.filter(isImageName).sort();
}

async function expand(path: string, mayBeEmpty: boolean): Promise<Required<Input>[]> {
  if (isAddress(path)) return [{ path, name: nameOfAddress(path) }];
  const kind = await stat(path).catch(() => undefined);
  if (kind?.isDirectory()) {
    const images = await imagesOf(path);
    if (images.length === 0 && !mayBeEmpty) {
      throw new Error(`No images found in the folder ${path}: expected files ending in ${IMAGE_ENDINGS.join(', ')}.`);
    }
    return images.map((file) => ({ path: resolve(path, file), name: withoutEnding(file) }));
  }
  if (kind) return [{ path: resolve(path), name: withoutEnding(basename(path)) }];
  const matches = isDynamicPattern(path) ? (await glob(path, { absolute: true, expandDirectories: false })).sort() : [];
  if (matches.length === 0) {
    if (/^\w+:\/\//.test(path))
      throw new Error(`${path} cannot be read: an address begins with https:// or http://. Download the image first.`);
    throw new Error(
      `${path} does not exist: give files, folders, addresses, patterns such as 'photos/*.jpg', or - for standard input.`,
    );
  }
  return matches.map((file) => ({ path: resolve(file), name: withoutEnding(basename(file)) }));
}

/** Images that are not results of `predict` itself: not in the folder for results where that lies within the named one, and not known as such. */
async function withoutResults(
  inputs: readonly Required<Input>[],
  named: string,
  out: string | undefined,
  mayBeEmpty: boolean,
): Promise<Required<Input>[]> {
  const results = out !== undefined && resolve(out).startsWith(resolve(named) + sep) ? resolve(out) + sep : undefined;
  const images: Required<Input>[] = [];
  for (const input of inputs) {
    const isInResults = results !== undefined && input.path.startsWith(results);
    if (!isInResults && !(await isResult(input.path))) images.push(input);
  }
  if (images.length === 0 && !mayBeEmpty)
    throw new Error(`${named} has only results of llm-mde predict: give photographs.`);
  return images;
}

/** Names are given before sharding, so that an image has the same name in every shard. */
function withUniqueNames(inputs: readonly Input[]): Input[] {
  const withEndings = rename(inputs, ({ name, path }) => `${name}${path ? endingOf(path) : ''}`);
  const used = new Set<string>();
  return withEndings.map((input) => {
    let name = input.name;
    for (let number = 2; used.has(key(name)); number++) name = `${input.name}-${number}`;
    used.add(key(name));
    return { ...input, name };
  });
}

function rename(inputs: readonly Input[], other: (input: Input) => string): Input[] {
  const counts = new Map<string, number>();
  for (const { name } of inputs) counts.set(key(name), (counts.get(key(name)) ?? 0) + 1);
  return inputs.map((input) => (counts.get(key(input.name))! > 1 ? { ...input, name: other(input) } : input));
}

/** Some file systems ignore case. */
function key(name: string): string {
  return name.toLowerCase();
}

/** The last part of an address, without what a file's name should not hold. */
function nameOfAddress(address: string): string {
  const { pathname, hostname } = new URL(address);
  const file = pathname.slice(pathname.lastIndexOf('/') + 1).replace(/[^\w.-]+/g, '_');
  return withoutEnding(file) || hostname;
}

function endingOf(path: string): string {
  return extname(isAddress(path) ? new URL(path).pathname : path);
}

function withoutEnding(file: string): string {
  return file.slice(0, file.length - extname(file).length).replaceAll(sep, '/');
}
