import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveConfiguration } from '../configuration/resolve-configuration.js';
import { prepareRun } from './prepare-run.js';
import { RunFolder } from './run-folder.js';

let folder: RunFolder;
beforeEach(async () => {
  folder = new RunFolder(join(await mkdtemp(join(tmpdir(), 'llm-mde-run-')), 'run'));
});
afterEach(() => rm(join(folder.path, '..'), { recursive: true }));

const configurationWith = (...set: string[]) => resolveConfiguration({ preset: 'tiny', set });
const begun = await configurationWith('data.path="my-rooms"', 'training.epochs=3');
const preset = await configurationWith();

describe('a run that is there', () => {
  beforeEach(() => prepareRun(folder, begun, {}));

  it('goes on with the options that it was begun with, given again or not', async () => {
    expect(await prepareRun(folder, begun, { resume: true })).toEqual(begun);
    expect(await prepareRun(folder, preset, { resume: true, asBegun: true })).toEqual(begun);
  });

  it('does not go on with others', async () => {
    await expect(prepareRun(folder, preset, { resume: true })).rejects.toThrow(
      'was begun with data.path = "my-rooms" instead of null: give the same options or none, or another folder with --out.',
    );
  });

  it('is neither begun anew nor changed unasked', async () => {
    const before = await readFile(folder.configuration, 'utf8');
    await expect(prepareRun(folder, preset, { asBegun: true })).rejects.toThrow('There is a run in');
    expect(await readFile(folder.configuration, 'utf8')).toBe(before);
    expect(await prepareRun(folder, preset, { overwrite: true })).toEqual(preset);
    expect(await folder.readConfiguration()).toEqual(preset);
  });
});

it('begins a run where there is none, asked to go on or not', async () => {
  expect(await prepareRun(folder, preset, { resume: true, asBegun: true })).toEqual(preset);
  expect(await folder.readConfiguration()).toEqual(preset);
});
