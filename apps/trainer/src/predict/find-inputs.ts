import { stat } from 'node:fs/promises';
import { basename, extname, resolve, sep } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';

/** An image to predict. */
export interface Input {
  /** Absolute path of the file; none for standard input. */
  path?: string;
  /** The name of its results: a path within the folder of results, without an extension. */
  name: string;
}

/** Files that count as images in a folder; named files are always read. */
const IMAGE_ENDINGS = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.gif', '.avif'];

/**
 * The images that a command line names: files, folders (recursively), globs (for shells that do not expand them), and `-` for standard
 * input, without duplicates. Images of a folder are named by their path in it, others by their file name; duplicate names get their
 * extension, and then a number.
 *
 * @throws Error if a named file does not exist or a folder has no image in it.
 */
export async function findInputs(named: readonly string[]): Promise<Input[]> {
  const found = new Map<string, Required<Input>>();
  for (const path of named.filter((path) => path !== '-')) {
    for (const input of await expand(path)) if (!found.has(input.path)) found.set(input.path, input);
  }
  const fromStandardInput = named.includes('-') ? [{ name: 'stdin' }] : [];
  return withUniqueNames([...fromStandardInput, ...found.values()]);
}

async function expand(path: string): Promise<Required<Input>[]> {
  const kind = await stat(path).catch(() => undefined);
  if (kind?.isDirectory()) {
    const files = await glob('**/*', { cwd: path, dot: false, expandDirectories: false });
    const images = files.filter((file) => IMAGE_ENDINGS.includes(extname(file).toLowerCase())).sort();
    if (images.length === 0) {
      throw new Error(`No images found in the folder ${path}: expected files ending in ${IMAGE_ENDINGS.join(', ')}.`);
    }
    return images.map((file) => ({ path: resolve(path, file), name: withoutEnding(file) }));
  }
  if (kind) return [{ path: resolve(path), name: withoutEnding(basename(path)) }];
  const matches = isDynamicPattern(path) ? (await glob(path, { absolute: true, expandDirectories: false })).sort() : [];
  if (matches.length === 0) {
    throw new Error(
      `${path} does not exist: give files, folders, patterns such as 'photos/*.jpg', or - for standard input.`,
    );
  }
  return matches.map((file) => ({ path: resolve(file), name: withoutEnding(basename(file)) }));
}

/** Names are given before sharding, so that an image has the same name in every shard. */
function withUniqueNames(inputs: readonly Input[]): Input[] {
  const withEndings = rename(inputs, ({ name, path }) => `${name}${path ? extname(path) : ''}`);
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

function withoutEnding(file: string): string {
  return file.slice(0, file.length - extname(file).length).replaceAll(sep, '/');
}
