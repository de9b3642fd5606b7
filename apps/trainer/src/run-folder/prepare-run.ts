import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { TrainingConfiguration } from '../configuration/training-configuration.js';
import type { RunFolder } from './run-folder.js';

interface PrepareRunOptions {
  /** Go on with a run that is there. */
  resume?: boolean | undefined;
  /** Remove a run that is there. */
  overwrite?: boolean | undefined;
  /** Nobody asked for the configuration: a run that is there goes on with its own. */
  asBegun?: boolean | undefined;
}

/**
 * Makes the folder of a run, or finds the run that is there. It keeps runs apart: what is in a folder already is never changed unasked.
 *
 * @returns the configuration with which the run was or is begun.
 * @throws Error that says what is there, and what to do.
 */
export async function prepareRun(
  folder: RunFolder,
  configuration: TrainingConfiguration,
  { resume, overwrite, asBegun }: PrepareRunOptions,
): Promise<TrainingConfiguration> {
  if (overwrite && folder.isRun) await rm(folder.path, { recursive: true });
  if (folder.isRun) {
    if (!resume) {
      throw new Error(
        `There is a run in ${folder.path} already: go on with --resume, begin anew with --overwrite, or name another folder with --out.`,
      );
    }
    const begun = await folder.readConfiguration();
    const difference = asBegun ? undefined : firstDifference(begun, configuration);
    if (difference) {
      throw new Error(
        `The run in ${folder.path} was begun with ${difference}: give the same options or none, or another folder with --out.`,
      );
    }
    return begun;
  }
  if (existsSync(folder.last)) {
    throw new Error(`${folder.configuration} is missing: ${folder.path} is not the folder of a run.`);
  }
  await folder.create(configuration);
  return configuration;
}

function firstDifference(begun: unknown, now: unknown, path = ''): string | undefined {
  if (typeof begun !== 'object' || begun === null || typeof now !== 'object' || now === null) {
    return Object.is(begun, now) ? undefined : `${path} = ${JSON.stringify(begun)} instead of ${JSON.stringify(now)}`;
  }
  for (const key of new Set([...Object.keys(begun), ...Object.keys(now)])) {
    const inner = path === '' ? key : `${path}.${key}`;
    const found = firstDifference(
      (begun as Record<string, unknown>)[key],
      (now as Record<string, unknown>)[key],
      inner,
    );
    if (found) return found;
  }
  return undefined;
}
