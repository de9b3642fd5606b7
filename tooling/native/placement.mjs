// Puts a binding into tfjs-node's folder, keeps a copy for when the folder is made anew, and takes everything back.
//
// Beside the binding lie tfjs_binding.native.json (what was built) and, where tfjs-node's own download had worked before,
// tfjs_binding.published.node. A binding counts as ours by its hash alone: a fresh install may have put another one there.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { NativeError, withLock } from './context.mjs';
import { findTarget } from './tools.mjs';

/** Whether the build with this key is in place and untouched. */
export function isPlaced(target, key) {
  const stamp = readStamp(target);
  return stamp?.key === key && hashOf(target.bindingPath) === stamp.sha256;
}

/** Path of the kept copy of the build with this key, or undefined. */
export function keptBinding(context, key) {
  const path = keptPath(context, key);
  return existsSync(path) ? path : undefined;
}

/** Keeps a built binding in the cache; returns the copy's path. */
export function keepBinding(context, key, binding) {
  const path = keptPath(context, key);
  copyAtomically(binding, path);
  return path;
}

/** Puts the binding in place; a published one that was there is set aside, its path returned as `published`. */
export function placeBinding(context, target, key, binding, wheel) {
  const existing = hashOf(target.bindingPath);
  const published = existing && !isOurs(context, target, existing) ? publishedPath(target) : undefined;
  if (published) copyAtomically(target.bindingPath, published);
  copyAtomically(binding, target.bindingPath);
  const stamp = { key, sha256: hashOf(target.bindingPath), tensorflow: wheel.version, wheel: wheel.folder };
  writeAtomically(stampPath(target), `${JSON.stringify(stamp, null, 2)}\n`);
  return { published: existsSync(publishedPath(target)) ? publishedPath(target) : undefined };
}

/** Undoes everything: bindings of ours in both packages, the private environments, the kept copies. Says what it removed. */
export async function removeEverything(context) {
  const work = () => {
    const targets = [findTarget(context), findTarget(context, { gpu: true })].filter(Boolean);
    const removed = targets.flatMap((target) => removeBinding(context, target));
    const environments = join(context.cache, 'venv');
    if (existsSync(environments)) {
      removed.push(...readdirSync(environments).map((name) => `the private Python environment ${name}`));
    }
    if (existsSync(join(context.cache, 'bindings'))) removed.push('the kept copies of built bindings');
    for (const name of ['venv', 'bindings', 'logs'])
      rmSync(join(context.cache, name), { recursive: true, force: true });
    return removed;
  };
  const removed = existsSync(context.cache) ? await withLock(context, work) : await work();
  removeEmpty(context.cache);
  removeEmpty(dirname(context.cache));
  if (removed.length === 0) return context.print('There is nothing to remove.');
  context.print(['Removed:', ...removed.map((line) => `  • ${line}`)].join('\n'));
}

function removeBinding(context, target) {
  const existing = hashOf(target.bindingPath);
  const said = [];
  if (existing && isOurs(context, target, existing)) {
    if (existsSync(publishedPath(target))) {
      renameSync(publishedPath(target), target.bindingPath);
      said.push(`the binding of ${target.name}; the published one is back in its place`);
    } else {
      rmSync(target.bindingPath);
      said.push(`the binding of ${target.name}`);
    }
  }
  rmSync(stampPath(target), { force: true });
  rmSync(publishedPath(target), { force: true });
  removeEmpty(dirname(target.bindingPath));
  removeEmpty(dirname(dirname(target.bindingPath)));
  return said;
}

function isOurs(context, target, sha256) {
  if (readStamp(target)?.sha256 === sha256) return true;
  const folder = join(context.cache, 'bindings');
  const keys = existsSync(folder) ? readdirSync(folder) : [];
  return keys.some((key) => hashOf(keptPath(context, key)) === sha256);
}

function readStamp(target) {
  try {
    return JSON.parse(readFileSync(stampPath(target), 'utf8'));
  } catch {
    return undefined;
  }
}

function keptPath(context, key) {
  return join(context.cache, 'bindings', key, 'tfjs_binding.node');
}

function stampPath(target) {
  return target.bindingPath.replace(/\.node$/, '.native.json');
}

function publishedPath(target) {
  return target.bindingPath.replace(/\.node$/, '.published.node');
}

function hashOf(path) {
  return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : undefined;
}

/** A process that has the old file loaded keeps it; one that starts now finds the old or the new one, never half of it. */
function copyAtomically(from, to) {
  writeAtomically(to, readFileSync(from));
}

function writeAtomically(path, content) {
  const temporary = `${path}.${process.pid}.temporary`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new NativeError(`${path} can't be written: ${error.message}`);
  }
}

function removeEmpty(folder) {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty or not there: both are fine.
  }
}
