import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOfFile } from '@llm-mde/tooling-vitest/testing/temporary-folder';
import { beforeAll, expect, it, vi } from 'vitest';
import { writeJson } from '../config/json-file.js';
import { resolveConfiguration } from '../config/resolve.js';
import { runFolder } from '../run/run-folder.js';
import { llmMde } from '../testing/llm-mde.js';
import { shortNames } from './report-runs.js';
import { runReport } from './testing/run-report.js';

const folder = folderOfFile();
const runs = join(folder, 'runs');
const out = join(folder, 'report.html');

beforeAll(async () => {
  await writeRun('seed-2', 2);
  await writeRun('seed-10', 10);
  // One that is being trained: its last line is not whole yet.
  const unfinished = await writeRun('unfinished', 3, false);
  writeFileSync(unfinished.metrics, `${readFileSync(unfinished.metrics, 'utf8')}{"step":41,"lo`);
  mkdirSync(join(runs, 'notes'));
});

async function writeRun(name: string, seed: number, isTested = true) {
  const run = runFolder(join(runs, name));
  const { history, evaluations, tested } = await runReport(name, { factor: 1 + seed / 20 });
  const [model, mean, meanPerPixel] = evaluations;
  await writeJson(run.configuration, await resolveConfiguration({ set: [`training.seed=${seed}`] }));
  writeFileSync(run.metrics, history.map((row) => `${JSON.stringify(row)}\n`).join(''));
  if (!isTested) return run;
  const best = { epoch: 2, step: 40, validationLoss: 1 };
  await writeJson(run.results, { frames: 9, best, ended: 'epochs', model, mean, meanPerPixel });
  await writeJson(run.tested, tested);
  return run;
}

it('llm-mde report writes one page of the runs in a folder, in the order of their numbers', async () => {
  expect(await llmMde('report', runs, '--out', out)).toEqual({
    stdout: `Wrote the report of 3 runs to ${out}.\n`,
    stderr: '',
  });
  const page = readFileSync(out, 'utf8');
  expect(page).toContain('<h1>Comparison of 3 runs</h1>');
  const rows = [...page.matchAll(/<th scope="row">(seed-\d+|mean depth)<\/th><td(?: class="best")?>(0\.\d+)/g)];
  expect(rows.slice(0, 3).map(([, ...row]) => row)).toEqual([
    ['seed-2', '0.100'],
    ['seed-10', '0.500'],
    ['mean depth', '0.400'],
  ]);
  expect(page).toMatch(/<th scope="row">training\.seed<\/th><td>2<\/td><td>10<\/td><td>3<\/td>/);
  expect(page).toContain('Not tested yet: training is at step 40 in epoch 2.');
});

it('llm-mde report of one run is the page that training wrote, by the name of its folder', async () => {
  await llmMde('report', join(runs, 'seed-2'), '--out', out);
  const page = readFileSync(out, 'utf8');
  expect(page).toContain(`<h1>${join(runs, 'seed-2')}</h1>`);
  expect(page).toContain('Training ended after 2 epochs and 40 steps (all epochs were done); the best epoch was 2.');
  expect(page).toContain('<h3>Worst by AbsRel</h3>');
});

it('names what is no run or cannot be read, and leaves it out', async () => {
  const broken = await writeRun('broken', 4);
  writeFileSync(broken.results, '{"model":');
  const named = ['notes', 'broken', 'seed-2'].map((name) => join(runs, name));
  const said: string[] = [];
  vi.spyOn(console, 'error').mockImplementation((text) => said.push(text));
  const { stdout } = await llmMde('report', ...named, '--out', out);
  expect(stdout).toBe(`Wrote the report of 1 run to ${out}.\n`);
  expect(said).toEqual([
    `llm-mde: ${named[0]} is left out: it is not the folder of a run (configuration.json is missing).`,
    expect.stringMatching(/^llm-mde: .*broken is left out: .*results\.json is not JSON: .*[^.]\.$/),
  ]);
  const nothing = await llmMde('report', join(runs, 'notes'), '--out', out);
  expect(nothing.stderr).toBe(`llm-mde: There is no run to report in ${join(runs, 'notes')}.\n`);
  const absent = await llmMde('report', join(runs, 'x*'), '--out', out);
  expect(absent.stderr).toBe(
    `llm-mde: There is no run ${join(runs, 'x*')}: name folders of runs, or a folder that holds some.\n`,
  );
});

it('replaces only pages that this program wrote', async () => {
  const own = join(folder, 'own.html');
  writeFileSync(own, 'my page');
  const { stderr } = await llmMde('report', join(runs, 'seed-2'), '--out', own);
  expect(stderr).toBe(
    `llm-mde: ${own} is not a report of llm-mde, so it is not replaced: choose another file with --out.\n`,
  );
  expect(readFileSync(own, 'utf8')).toBe('my page');
  expect(existsSync(out)).toBe(true);
});

it('shortNames tells runs apart by as few parts of their paths as it takes', () => {
  expect(shortNames(['runs/a', 'runs/b'])).toEqual(['a', 'b']);
  expect(shortNames(['x/1/a', 'y/1/a'])).toEqual(['x/1/a', 'y/1/a']);
  expect(shortNames(['x/1/a', 'x/2/a', 'x/2/b'])).toEqual(['1/a', '2/a', '2/b']);
  expect(shortNames(['runs/a'])).toEqual(['runs/a']);
});
