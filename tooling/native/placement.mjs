// Puts a binding into tfjs-node's folder, and takes everything back.
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
import { findTarget } from './tools.mjs';

/** Whether the build with this key is in place and untouched. */
export function isPlaced(target, key) {
  const stamp = readStamp(target);
  return stamp?.key === key && hashOf(target.bindingPath) === stamp.sha256;
}

/** Puts the binding in place; a published one that was there is set aside, its path returned as `published`. */
export function placeBinding(target, key, binding, wheel) {
  const existing = hashOf(target.bindingPath);
  const published = existing && readStamp(target)?.sha256 !== existing ? publishedPath(target) : undefined;
  if (published) writeAtomically(published, readFileSync(target.bindingPath));
  writeAtomically(target.bindingPath, readFileSync(binding));
  const stamp = { key, sha256: hashOf(target.bindingPath), tensorflow: wheel.version, wheel: wheel.folder };
  writeAtomically(stampPath(target), `${JSON.stringify(stamp, null, 2)}\n`);
  return { published: existsSync(publishedPath(target)) ? publishedPath(target) : undefined };
}

/** Undoes everything: bindings of ours in both packages, and the private environments. Says what it removed. */
export function removeEverything(context) {
  const targets = [findTarget(context), findTarget(context, { gpu: true })].filter(Boolean);
  const removed = targets.flatMap(removeBinding);
  const environments = join(context.cache, 'venv');
  if (existsSync(environments)) {
    removed.push(...readdirSync(environments).map((name) => `the private Python environment ${name}`));
  }
  rmSync(context.cache, { recursive: true, force: true });
  removeEmpty(dirname(context.cache));
  if (removed.length === 0) return context.print('There is nothing to remove.');
  context.print(['Removed:', ...removed.map((line) => `  • ${line}`)].join('\n'));
}

function removeBinding(target) {
  const existing = hashOf(target.bindingPath);
  const said = [];
  if (existing && readStamp(target)?.sha256 === existing) {
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

function readStamp(target) {
  try {
    return JSON.parse(readFileSync(stampPath(target), 'utf8'));
  } catch {
    return undefined;
  }
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
function writeAtomically(path, content) {
  const temporary = `${path}.${process.pid}.temporary`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Error(`${path} can't be written: ${error.message}`);
  }
}

function removeEmpty(folder) {
  try {
    rmdirSync(folder);
  } catch {
    // Not empty or not there: both are fine.
  }
}
