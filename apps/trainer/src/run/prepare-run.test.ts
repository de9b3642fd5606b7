import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveConfiguration } from '../config/resolve.js';
import { checkRun, removeUnbegun, startRun } from './prepare-run.js';
import { type RunFolder, readConfiguration, runFolder } from './run-folder.js';

let folder: RunFolder;
beforeEach(async () => {
  folder = runFolder(join(await mkdtemp(join(tmpdir(), 'llm-mde-run-')), 'run'));
});
afterEach(() => rm(join(folder.path, '..'), { recursive: true }));

const configurationWith = (...set: string[]) => resolveConfiguration({ preset: 'tiny', set });
const started = await configurationWith('data.path="my-rooms"', 'training.epochs=3');
const preset = await configurationWith();

describe('an existing run', () => {
  beforeEach(() => startRun(folder, started));

  it('is resumed with the options that it was started with, given again or not', async () => {
    expect(await checkRun(folder, started, { resume: true })).toEqual(started);
    const again = await resolveConfiguration({ begun: started });
    expect(await checkRun(folder, again, { resume: true })).toEqual(started);
  });

  it('is not resumed with others', async () => {
    await expect(checkRun(folder, preset, { resume: true })).rejects.toThrow(
      'was started with data.path = "my-rooms" instead of null: give the same options or none, or choose another folder with --out.',
    );
    const longer = await resolveConfiguration({ begun: started, set: ['training.epochs=50'] });
    await expect(checkRun(folder, longer, { resume: true })).rejects.toThrow(
      'was started with training.epochs = 3 instead of 50',
    );
  });

  it('is neither restarted nor changed without being asked to', async () => {
    const before = await readFile(folder.configuration, 'utf8');
    await expect(checkRun(folder, preset, {})).rejects.toThrow('already contains a run');
    expect(await readFile(folder.configuration, 'utf8')).toBe(before);
    expect(await checkRun(folder, preset, { overwrite: true })).toEqual(preset);
    expect(await readFile(folder.configuration, 'utf8')).toBe(before);
    await mkdir(folder.last);
    await writeFile(join(folder.path, `metrics.jsonl.${crypto.randomUUID()}.tmp`), 'half');
    await mkdir(`${folder.last}.${crypto.randomUUID()}.tmp.${crypto.randomUUID()}.tmp`);
    await startRun(folder, preset, { overwrite: true });
    expect(await readConfiguration(folder)).toEqual(preset);
    expect(await readdir(folder.path)).toEqual(['configuration.json']);
  });

  it('is not started over where the folder holds something else', async () => {
    await mkdir(join(folder.path, 'best.epoch1'));
    await writeFile(join(folder.path, 'thesis.tex'), '');
    const before = await readdir(folder.path);
    await expect(checkRun(folder, preset, { overwrite: true })).rejects.toThrow(
      'also holds best.epoch1, thesis.tex, which no run wrote, so --overwrite removes nothing',
    );
    await startRun(folder, preset, { overwrite: true });
    expect(await readdir(folder.path)).toEqual(before);
  });
});

it('that failed before its first step leaves nothing in the way, and one with steps all', async () => {
  await startRun(folder, started);
  await writeFile(join(folder.path, 'notes.txt'), '');
  await writeFile(folder.metrics, '{}\n');
  await removeUnbegun(folder);
  expect(await readdir(folder.path)).toHaveLength(3);
  await rm(folder.metrics);
  await removeUnbegun(folder);
  expect(await readdir(folder.path)).toEqual(['notes.txt']);
  expect(await checkRun(folder, preset, {})).toEqual(preset);
});

it('does not start a run over files of the same names', async () => {
  await mkdir(folder.best, { recursive: true });
  await expect(checkRun(folder, preset, {})).rejects.toThrow('holds best, but is not the folder of a run');
});

it('starts a run where there is none, asked to resume or not', async () => {
  expect(await checkRun(folder, preset, { resume: true })).toEqual(preset);
  await startRun(folder, preset);
  expect(await readConfiguration(folder)).toEqual(preset);
});
