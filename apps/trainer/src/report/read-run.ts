import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { METRIC_NAMES } from '@llm-mde/metrics';
import { type ModelCard, readModelCard } from 'llm-mde';
import { readJson } from '../config/json-file.js';
import type { RunResults } from '../evaluate/results.js';
import type { Environment } from '../run/environment.js';
import type { MetricsRow } from '../run/metrics-log.js';
import { type RunFolder, readConfiguration } from '../run/run-folder.js';
import { readStepTimes } from '../run/step-times.js';
import { describeRun } from './describe-run.js';
import type { RunReport } from './report-data.js';
import { TESTED_FRAMES_FORMAT, type TestedFrames } from './tested-frames.js';

/**
 * Reads what a run left in its folder. One that is being trained, or that an older version tested, has less.
 *
 * @throws Error that names the file that cannot be read.
 */
export async function readRun(folder: RunFolder): Promise<RunReport> {
  const results = (await readIfThere(folder.results)) as RunResults | undefined;
  if (results && !results.model?.metrics) throw new Error(`${folder.results} is not of a run: it has no metrics.`);
  const tested = (await readIfThere(folder.tested)) as TestedFrames | undefined;
  if (tested && tested.format !== TESTED_FRAMES_FORMAT) {
    throw new Error(`${folder.tested} is of another version of llm-mde: test the run again, or remove the file.`);
  }
  return describeRun({
    name: folder.path,
    configuration: await readConfiguration(folder),
    environment: (await readIfThere(folder.environment)) as Environment | undefined,
    history: await readHistory(folder),
    seconds: await readStepTimes(folder.path),
    results,
    card: results ? await cardOf(folder) : undefined,
    // Of an earlier test, if the run was trained on since.
    tested: results && tested,
  });
}

/** The lines that are whole: the last one may be being written. */
async function readHistory({ metrics }: RunFolder): Promise<MetricsRow[]> {
  if (!existsSync(metrics)) return [];
  return parseRows(await readFile(metrics, 'utf8'), metrics);
}

/** @throws Error that names the line that is not JSON. */
export function parseRows(text: string, name: string): MetricsRow[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line, index) => {
    try {
      return JSON.parse(line, withNaN);
    } catch {
      throw new Error(`Line ${index + 1} of ${name} is not JSON.`);
    }
  });
}

async function readIfThere(path: string): Promise<unknown> {
  return existsSync(path) ? JSON.parse(JSON.stringify(await readJson(path)), withNaN) : undefined;
}

const NUMBERS: ReadonlySet<string> = new Set([
  ...METRIC_NAMES,
  'loss',
  'gradientNorm',
  'trainingLoss',
  'validationLoss',
]);

/** JSON has null for what is not a number. */
function withNaN(key: string, value: unknown): unknown {
  return value === null && NUMBERS.has(key) ? Number.NaN : value;
}

/** None where the model's folder is gone. */
async function cardOf({ best }: RunFolder): Promise<ModelCard | undefined> {
  return existsSync(best) ? readModelCard(best) : undefined;
}
