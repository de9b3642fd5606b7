import { stat } from 'node:fs/promises';
import { basename, extname, resolve, sep } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';

/** An image to predict. */
export interface Input {
  /** Absolute path of the file; none for standard input. */
  path?: string;
  /** What its results are called: a path within the folder of results, without an ending. */
  name: string;
}

/** Files that count as images in a folder; files that are named are always taken. */
const IMAGE_ENDINGS = ['.jpg', '.jpeg', '.png', '.webp', '.tif', '.tiff', '.gif', '.avif'];

/**
 * The images that a command line names: files, folders (everything below), globs (for shells that do not expand them), and `-` for standard
 * input. Each is taken once. Images of a folder are called by their path in it, others by their file's name; where two would be called
 * alike, their endings are added, and then numbers.
 *
 * @throws Error if something that is named does not exist or has no image in it.
 */
export async function findInputs(named: readonly string[]): Promise<Input[]> {
  const found = new Map<string, Required<Input>>();
  for (const path of named.filter((path) => path !== '-')) {
    for (const input of await expand(path)) if (!found.has(input.path)) found.set(input.path, input);
  }
  const fromStandardInput = named.includes('-') ? [{ name: 'stdin' }] : [];
  return toldApart([...fromStandardInput, ...found.values()]);
}

async function expand(path: string): Promise<Required<Input>[]> {
  const kind = await stat(path).catch(() => undefined);
  if (kind?.isDirectory()) {
    const files = await glob('**/*', { cwd: path, dot: false, expandDirectories: false });
    const images = files.filter((file) => IMAGE_ENDINGS.includes(extname(file).toLowerCase())).sort();
    if (images.length === 0) {
      throw new Error(
        `There are no images in the folder ${path}: expected files ending in ${IMAGE_ENDINGS.join(', ')}.`,
      );
    }
    return images.map((file) => ({ path: resolve(path, file), name: withoutEnding(file) }));
  }
  if (kind) return [{ path: resolve(path), name: withoutEnding(basename(path)) }];
  const matches = isDynamicPattern(path) ? (await glob(path, { absolute: true, expandDirectories: false })).sort() : [];
  if (matches.length === 0) {
    throw new Error(
      `There is no image ${path}: give files, folders, patterns such as 'photos/*.jpg', or - for standard input.`,
    );
  }
  return matches.map((file) => ({ path: resolve(file), name: withoutEnding(basename(file)) }));
}

/** The same images get the same names, whatever else a machine does: they are named before the work is parted. */
function toldApart(inputs: readonly Input[]): Input[] {
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

/** Some file systems do not tell `A.png` from `a.png`. */
function key(name: string): string {
  return name.toLowerCase();
}

function withoutEnding(file: string): string {
  return file
    .slice(0, file.length - extname(file).length)
    .split(sep)
    .join('/');
}
