import { Linear, type Module } from '@llm-mde/nn';

/**
 * Which Linear layers to adapt, by their dotted path in the module. As in PEFT, a list selects every path that equals one of its names
 * or ends in `.name`, and a string is a regular expression that must match the whole path, as a RegExp must. A function decides by
 * itself.
 */
export type TargetModules = readonly string[] | string | RegExp | ((path: string) => boolean);

/**
 * The Linear layers that `targets` selects, by path.
 * @throws if there are none, with the names that there are.
 */
export function selectLinears(module: Module, targets: TargetModules): Map<string, Linear> {
  const linears = linearsOf(module);
  const isTarget = matcher(targets);
  const selected = new Map([...linears].filter(([path]) => isTarget(path)));
  if (selected.size > 0) return selected;
  const wanted = typeof targets === 'function' ? 'the given function' : JSON.stringify(describe(targets));
  if (linears.size === 0) {
    throw new Error(`${module.constructor.name} contains no Linear layer, so there is nothing for LoRA to adapt.`);
  }
  throw new Error(
    `No Linear layer of ${module.constructor.name} matches the target modules ${wanted}. It has ${layerNames(linears.keys())}.`,
  );
}

/** Every Linear of a module, by its dotted path. */
export function linearsOf(module: Module): Map<string, Linear> {
  const linears = new Map<string, Linear>();
  for (const [path, part] of module.namedModules()) if (part instanceof Linear) linears.set(path, part);
  return linears;
}

/** Whether a path is selected. */
export function matcher(targets: TargetModules): (path: string) => boolean {
  if (typeof targets === 'function') return targets;
  if (typeof targets === 'string') return wholeMatch(targets, '');
  if (targets instanceof RegExp) return wholeMatch(targets.source, targets.flags.replace(/[gy]/g, ''));
  return (path) => targets.some((name) => path === name || path.endsWith(`.${name}`));
}

/**
 * The shortest list of names that selects exactly `selected` among `all`: last parts of paths where they say enough, whole paths
 * otherwise.
 */
export function targetNames(selected: readonly string[], all: readonly string[]): string[] {
  const names = lastParts(selected);
  const isTarget = matcher(names);
  return all.filter(isTarget).length === selected.length ? names : [...selected];
}

/** Each once, sorted. */
export function lastParts(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => path.slice(path.lastIndexOf('.') + 1)))].sort();
}

function wholeMatch(source: string, flags: string): (path: string) => boolean {
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${source})$`, flags);
  } catch (error) {
    throw new Error(`The target modules "${source}" are not a regular expression: ${(error as Error).message}.`);
  }
  return (path) => expression.test(path);
}

function describe(targets: Exclude<TargetModules, (path: string) => boolean>): unknown {
  return targets instanceof RegExp ? String(targets) : targets;
}

/** The paths with the numbers of their layers left out, so that a message names each kind of layer once. */
function layerNames(paths: Iterable<string>): string {
  return [...new Set([...paths].map((path) => path.replace(/(^|\.)\d+(?=\.|$)/g, '$1*')))].join(', ');
}
