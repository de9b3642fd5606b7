import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { writeJson } from '../config/json-file.js';
import type { TrainingConfiguration } from '../config/schema.js';
import { isRun, type RunFolder, readConfiguration } from './run-folder.js';

interface RunOptions {
  /** Resume an existing run. */
  resume?: boolean | undefined;
  /** Remove an existing run. */
  overwrite?: boolean | undefined;
  /** No configuration was asked for: an existing run keeps its own. */
  asStarted?: boolean | undefined;
}

/**
 * Checks that a run can be started or resumed in a folder. An existing run is never changed without being asked to.
 *
 * @returns the configuration that the run was or is to be started with.
 * @throws Error that says what is in the way, and what to do.
 */
export async function checkRun(
  folder: RunFolder,
  configuration: TrainingConfiguration,
  { resume, overwrite, asStarted }: RunOptions,
): Promise<TrainingConfiguration> {
  if (overwrite) return configuration;
  if (!isRun(folder)) {
    if (existsSync(folder.last)) {
      throw new Error(`${folder.configuration} is missing: ${folder.path} is not the folder of a run.`);
    }
    return configuration;
  }
  if (!resume) {
    throw new Error(
      `${folder.path} already contains a run: resume it with --resume, start over with --overwrite, or choose another folder with --out.`,
    );
  }
  const started = await readConfiguration(folder);
  const difference = asStarted ? undefined : firstDifference(started, configuration);
  if (difference) {
    throw new Error(
      `The run in ${folder.path} was started with ${difference}: give the same options or none, or choose another folder with --out.`,
    );
  }
  return started;
}

/** Makes the folder of a run that was checked, unless it is resumed. */
export async function startRun(
  folder: RunFolder,
  configuration: TrainingConfiguration,
  { overwrite }: RunOptions = {},
): Promise<void> {
  if (overwrite && isRun(folder)) await rm(folder.path, { recursive: true });
  if (!isRun(folder)) await writeJson(folder.configuration, configuration);
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
