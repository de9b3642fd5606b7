import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '../config/json-file.js';
import { checkTrainingConfiguration } from '../config/resolve.js';
import type { TrainingConfiguration } from '../config/schema.js';

export type RunFolder = ReturnType<typeof runFolder>;

/** The folder of a run: the paths of its files. */
export function runFolder(path: string) {
  const file = (name: string) => join(path, name);
  return {
    path,
    /** The checkpoint to resume from. */
    last: file('last'),
    /** The model of the epoch with the lowest validation loss. */
    best: file('best'),
    /** What the vision tower made of the training frames, until the run has ended. */
    features: file('features'),
    configuration: file('configuration.json'),
    environment: file('environment.json'),
    metrics: file('metrics.jsonl'),
    results: file('results.json'),
    /** What the report shows of the test. */
    tested: file('test-frames.json'),
    report: file('report.html'),
    /** Of the process that trains here. */
    lock: file('run.lock'),
  };
}

/** Whether a run was started in the folder. */
export function isRun({ configuration }: RunFolder): boolean {
  return existsSync(configuration);
}

/** Whether the run in the folder is trained and tested. */
export function isFinished({ results, report }: RunFolder): boolean {
  return existsSync(results) && existsSync(report);
}

export async function readConfiguration({ configuration }: RunFolder): Promise<TrainingConfiguration> {
  return checkTrainingConfiguration(await readJson(configuration), configuration);
}
