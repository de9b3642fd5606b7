import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { finalPath } from '@llm-mde/checkpoints';
import { writeJson } from '../config/json-file.js';
import type { TrainingConfiguration } from '../config/schema.js';
import { isRun, type RunFolder, readConfiguration } from './run-folder.js';
import { EVENT_FILE } from './tensorboard.js';

interface RunOptions {
  /** Resume an existing run. */
  resume?: boolean | undefined;
  /** Remove an existing run. */
  overwrite?: boolean | undefined;
}

/**
 * Checks that a run can be started or resumed in a folder. An existing run is never changed without being asked to, and files that no run wrote
 * are never touched.
 *
 * @returns the configuration that the run was or is to be started with.
 * @throws Error that says what is in the way, and what to do.
 */
export async function checkRun(
  folder: RunFolder,
  configuration: TrainingConfiguration,
  { resume, overwrite }: RunOptions,
): Promise<TrainingConfiguration> {
  const [own, others] = await filesOf(folder);
  if (overwrite) {
    if (others.length === 0) return configuration;
    throw new Error(
      `${folder.path} also holds ${others.slice(0, 3).join(', ')}${others.length > 3 ? ' and more' : ''}, which no run wrote, so --overwrite removes nothing: move it elsewhere, or choose another folder with --out.`,
    );
  }
  if (!isRun(folder)) {
    const made = own.find((name) => name === finalPath(name));
    if (made === undefined) return configuration;
    throw new Error(
      `${folder.path} holds ${made}, but is not the folder of a run (${folder.configuration} is missing): choose another folder with --out.`,
    );
  }
  if (!resume) {
    throw new Error(
      `${folder.path} already contains a run: resume it with --resume, start over with --overwrite, or choose another folder with --out.`,
    );
  }
  const started = await readConfiguration(folder);
  const difference = firstDifference(started, configuration);
  if (difference) {
    throw new Error(
      `The run in ${folder.path} was started with ${difference}: give the same options or none, or choose another folder with --out.`,
    );
  }
  return started;
}

/** Makes the folder of a run that was checked, unless it is resumed. Of an old run, what it wrote is removed by name. */
export async function startRun(
  folder: RunFolder,
  configuration: TrainingConfiguration,
  { overwrite }: RunOptions = {},
): Promise<void> {
  const [own] = overwrite ? await filesOf(folder) : [[]];
  for (const name of own) await rm(join(folder.path, name), { recursive: true });
  if (!isRun(folder)) await writeJson(folder.configuration, configuration);
}

/** Removes by name what a new run wrote that failed before its first step, so that it can be started again. */
export async function removeUnbegun(folder: RunFolder): Promise<void> {
  if (existsSync(folder.metrics) || existsSync(folder.last)) return;
  const [own] = await filesOf(folder);
  for (const name of own) await rm(join(folder.path, name), { recursive: true, force: true });
}

/** What is in the folder: what a run wrote, and what not. Its lock is neither. */
async function filesOf({ path, lock, ...files }: RunFolder): Promise<[own: string[], others: string[]]> {
  const names = (existsSync(path) ? await readdir(path) : []).filter((name) => !name.startsWith(basename(lock)));
  const ofRun = new Set(Object.values(files).map((file) => basename(file)));
  const isOwn = (name: string) => ofRun.has(finalPath(name)) || EVENT_FILE.test(name);
  return [names.filter(isOwn), names.filter((name) => !isOwn(name))];
}

function firstDifference(started: unknown, now: unknown, path = ''): string | undefined {
  if (typeof started !== 'object' || started === null || typeof now !== 'object' || now === null) {
    return Object.is(started, now)
      ? undefined
      : `${path} = ${JSON.stringify(started)} instead of ${JSON.stringify(now)}`;
  }
  for (const key of new Set([...Object.keys(started), ...Object.keys(now)])) {
    const inner = path === '' ? key : `${path}.${key}`;
    const found = firstDifference(
      (started as Record<string, unknown>)[key],
      (now as Record<string, unknown>)[key],
      inner,
    );
    if (found) return found;
  }
  return undefined;
}
