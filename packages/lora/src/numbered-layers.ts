import { lastParts, matcher, targetNames } from './target-modules.js';

export interface NumberedLayersOptions {
  /** Of the layers that match the target modules, only those of these numbers, such as 3 in `encoder.layer.3.query`; PEFT's `layers_to_transform`. @default all */
  layersToTransform?: number | readonly number[];
  /** The names that the number comes after, as regular expressions, such as `layer`; PEFT's `layers_pattern`. @default any name */
  layersPattern?: string | readonly string[];
}

/** With the defaults filled in. */
export interface NumberedLayers {
  layersToTransform: readonly number[];
  layersPattern: readonly string[];
}

/**
 * @returns undefined where layers are not chosen by number.
 * @throws if a number is negative or no integer, a pattern is no regular expression, or there is a pattern but no numbers.
 */
export function resolveNumberedLayers(options: NumberedLayersOptions): NumberedLayers | undefined {
  const layersToTransform = [options.layersToTransform ?? []].flat() as number[];
  const layersPattern = [options.layersPattern ?? []].flat() as string[];
  const wrong = layersToTransform.find((index) => !Number.isInteger(index) || index < 0);
  if (wrong !== undefined) {
    throw new Error(`layersToTransform must be numbers of layers from 0, got ${JSON.stringify(wrong)}.`);
  }
  for (const pattern of layersPattern) {
    try {
      new RegExp(pattern);
    } catch (error) {
      throw new Error(`layersPattern "${pattern}" is not a regular expression: ${(error as Error).message}.`);
    }
  }
  if (layersToTransform.length > 0) return { layersToTransform, layersPattern };
  if (layersPattern.length > 0) {
    throw new Error(
      `layersPattern is ${JSON.stringify(layersPattern)}, but layersToTransform does not say which layers.`,
    );
  }
  return undefined;
}

/**
 * Those of the paths that lie in the chosen layers; all, where none are chosen.
 * @throws if there is no layer of such a number among them.
 */
export function onlyNumbered(paths: readonly string[], numbered: NumberedLayers | undefined): string[] {
  if (!numbered) return [...paths];
  const { layersToTransform, layersPattern } = numbered;
  const numbers = new Map(paths.map((path) => [path, layerNumber(path, layersPattern)]));
  const present = [...new Set(numbers.values())].filter((index) => index !== undefined).sort((a, b) => a - b);
  const missing = layersToTransform.filter((index) => !present.includes(index));
  if (missing.length > 0) {
    const those =
      layersPattern.length > 0 ? `the names ${JSON.stringify(layersPattern)} with a number` : 'a numbered layer';
    throw new Error(
      present.length === 0
        ? `layersToTransform is [${layersToTransform}], but nothing that matches the target modules lies in ${those}: ${paths.slice(0, 8).join(', ')}.`
        : `layersToTransform asks for layer ${missing.join(', ')}, but the layers that match the target modules have the numbers ${ranges(present)}.`,
    );
  }
  return paths.filter((path) => layersToTransform.includes(numbers.get(path) ?? -1));
}

/**
 * The first number in a path that is a part of its own after a name; after one of the patterns it may also be joined to it, as in Keras's `block_3_expand`.
 */
function layerNumber(path: string, patterns: readonly string[]): number | undefined {
  const expressions =
    patterns.length === 0
      ? ['(?:^|[./])[^./]+[./](\\d+)(?=[./])']
      : patterns.map((pattern) => `(?:^|[./_])(?:${pattern})[./_]?(\\d+)(?=[./_]|$)`);
  for (const expression of expressions) {
    const found = new RegExp(expression).exec(path);
    if (found) return Number(found.at(-1));
  }
  return undefined;
}

/** `0 to 11`, or `0, 2`. */
function ranges(numbers: readonly number[]): string {
  const [first, last] = [numbers[0]!, numbers.at(-1)!];
  return last - first === numbers.length - 1 && numbers.length > 2 ? `${first} to ${last}` : numbers.join(', ');
}

export interface TargetsInConfig {
  target_modules: string[];
  layers_to_transform: number[] | null;
  layers_pattern: string[] | null;
}

/**
 * What `adapter_config.json` says of which modules are adapted. The numbers of layers are among it where every PEFT reads them as they are meant here, together with
 * the last parts of the paths; otherwise whole paths say the same.
 *
 * @param selected The paths of what is adapted, in Python.
 * @param all Those of all that could be.
 */
export function describeTargets(
  selected: readonly string[],
  all: readonly string[],
  numbered: NumberedLayers | undefined,
): TargetsInConfig {
  const names = lastParts(selected);
  const isTarget = matcher(names);
  const indices = numbered?.layersToTransform ?? [];
  for (const patterns of numbered ? [numbered.layersPattern, []] : []) {
    const found = all.filter((path) => {
      const index = layerNumberInPeft(path, patterns);
      return names.includes(path) || (isTarget(path) && index !== undefined && indices.includes(index));
    });
    if (found.length !== selected.length || !found.every((path) => selected.includes(path))) continue;
    return {
      target_modules: names,
      layers_to_transform: [...indices],
      layers_pattern: patterns.length > 0 ? [...patterns] : null,
    };
  }
  return { target_modules: targetNames(selected, all), layers_to_transform: null, layers_pattern: null };
}

/** Versions of PEFT differ in whether they take the first or the last number, and whether something must come before the name. */
function layerNumberInPeft(path: string, patterns: readonly string[]): number | undefined {
  for (const pattern of patterns.length > 0 ? patterns : ['[^.]*']) {
    const [first, last] = ['.*?', '.*'].map((any) =>
      new RegExp(`^${any}\\.(?:${pattern})\\.(\\d+)\\.`).exec(path)?.at(-1),
    );
    if (first !== last) return undefined;
    if (first !== undefined) return Number(first);
  }
  return undefined;
}
