import { existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { glob } from 'tinyglobby';
import { plural, UsageError, writing } from '../output/sentences.js';
import { isRun, runFolder } from '../run/run-folder.js';
import { GENERATOR } from './html.js';
import { readRun } from './read-run.js';
import { writeReport } from './report.js';
import type { RunReport } from './report-data.js';

export interface ReportFlags {
  out: string;
}

/** Writes one page of one or several runs. What is no run, or cannot be read, is named and left out. */
export async function reportRuns(given: readonly string[], { out }: ReportFlags): Promise<void> {
  await checkOut(out);
  const runs: RunReport[] = [];
  for (const path of await findRuns(given)) {
    const folder = runFolder(path);
    if (!isRun(folder)) {
      leaveOut(path, `it is not the folder of a run (${basename(folder.configuration)} is missing)`);
      continue;
    }
    try {
      runs.push(await readRun(folder));
    } catch (error) {
      leaveOut(path, (error as Error).message.replace(/\.$/, ''));
    }
  }
  if (runs.length === 0) throw new Error(`There is no run to report in ${given.join(', ')}.`);
  const named = shortNames(runs.map(({ name }) => name)).map((name, index) => ({ ...runs[index]!, name }));
  await writing(out, () => writeReport(out, named));
  console.log(`Wrote the report of ${plural(runs.length, 'run')} to ${out}.`);
}

function leaveOut(path: string, reason: string): void {
  console.error(`llm-mde: ${path} is left out: ${reason}.`);
}

/** Only a page that this program wrote is replaced. */
async function checkOut(out: string): Promise<void> {
  if (!existsSync(out) || statSync(out).isDirectory()) return;
  const file = await open(out);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    if (buffer.subarray(0, bytesRead).includes(GENERATOR)) return;
  } finally {
    await file.close();
  }
  throw new UsageError(`${out} is not a report of llm-mde, so it is not replaced: choose another file with --out.`);
}

/** Folders that are named, in their order; of a folder of runs, those; of a pattern, what it matches. No run twice. */
async function findRuns(given: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of given) {
    const plain = path.replace(/(?<=.)[/\\]+$/, '');
    if (!existsSync(plain)) {
      const matches = await runsIn('.', `${plain.replaceAll('\\', '/')}/configuration.json`);
      if (matches.length === 0)
        throw new UsageError(`There is no run ${path}: name folders of runs, or a folder that holds some.`);
      found.push(...matches);
    } else if (!statSync(plain).isDirectory() || isRun(runFolder(plain))) found.push(plain);
    else {
      const inside = await runsIn(plain, '*/configuration.json');
      found.push(...(inside.length > 0 ? inside : [plain]));
    }
  }
  return [...new Set(found)];
}

async function runsIn(folder: string, pattern: string): Promise<string[]> {
  const files = await glob(pattern, { cwd: folder, expandDirectories: false });
  const paths = files.map((file) => join(folder, file, '..'));
  return paths.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** The last parts of paths, as many as it takes to tell them apart. A single one stays whole. */
export function shortNames(paths: readonly string[]): string[] {
  if (paths.length === 1) return [...paths];
  const parts = paths.map((path) => path.split(/[/\\]/));
  const most = Math.max(...parts.map(({ length }) => length));
  for (let count = 1; count < most; count++) {
    const names = parts.map((each) => each.slice(-count).join('/'));
    if (new Set(names).size === names.length) return names;
  }
  return [...paths];
}
