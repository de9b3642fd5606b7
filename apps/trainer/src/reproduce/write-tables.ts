import { join } from 'node:path';
import type { Device } from '@llm-mde/backend';
import { replaceFile } from '@llm-mde/checkpoints';
import type { Frame } from '@llm-mde/rgbd';
import { LlmMde } from 'llm-mde';
import { readJson, writeJson } from '../config/json-file.js';
import type { TrainingConfiguration } from '../config/schema.js';
import { openDataset } from '../data/open.js';
import { modelPredictor } from '../evaluate/evaluate-frames.js';
import type { RunResults } from '../evaluate/results.js';
import { isFinished, type RunFolder } from '../run/run-folder.js';
import type { PlannedRun } from '../train/train-plan.js';
import { type PaperTable, type RunName, runsOf } from './paper-tables.js';
import { summarizeTable } from './summarize-table.js';
import { type ComparedFrame, type TableFacts, tableMarkdown, tablePage } from './table-documents.js';

export interface WriteTablesOptions {
  folder: string;
  tables: readonly PaperTable[];
  plan: readonly PlannedRun<RunName>[];
  base: TrainingConfiguration;
  device: Device;
  facts: readonly string[];
}

/** Test frames that a table shows. */
const SHOWN_FRAMES = 4;

/**
 * Writes `table-N.md`, `.json` and `.html` of each table from the runs that are done.
 *
 * @returns each table as Markdown.
 */
export async function writeTables({
  folder,
  tables,
  plan,
  base,
  device,
  facts,
}: WriteTablesOptions): Promise<string[]> {
  const done = plan.filter(({ folder }) => isFinished(folder));
  const results = new Map<RunName, RunResults[]>();
  for (const { name, folder } of done) {
    results.set(name, [...(results.get(name) ?? []), (await readJson(folder.results)) as RunResults]);
  }
  const firstRuns = new Map(done.map(({ name, folder }) => [name, folder] as const).reverse());
  const pictures = await compareRuns(firstRuns, base, device);
  const texts: string[] = [];
  for (const table of tables) {
    const needed = runsOf([table]);
    const missing = plan.filter(({ name, folder }) => needed.includes(name) && !isFinished(folder)).length;
    const summary = summarizeTable(table, results);
    const outline: TableFacts = { facts, missing };
    const text = tableMarkdown(summary, outline);
    const file = (ending: string) => join(folder, `table-${table.number}.${ending}`);
    await replaceFile(file('md'), text);
    await writeJson(file('json'), { ...summary, facts, missing });
    await replaceFile(file('html'), tablePage(summary, outline, picturesOf(table, pictures)));
    texts.push(text);
  }
  return texts;
}

interface PredictedFrame {
  frame: Frame;
  predictions: Map<RunName, Float32Array>;
}

/** The same few test frames for all rows. */
async function compareRuns(
  runs: ReadonlyMap<RunName, RunFolder>,
  base: TrainingConfiguration,
  device: Device,
): Promise<PredictedFrame[]> {
  const { dataset, test } = await openDataset(base.data);
  try {
    const compared: PredictedFrame[] = [];
    for (const id of shownIds(test)) compared.push({ frame: await dataset.read(id), predictions: new Map() });
    for (const [name, { best }] of runs) {
      const model = await LlmMde.load(best, { compiler: device.compile });
      const predictor = modelPredictor(model, { testTimeFlip: false, batchSize: compared.length });
      const predictions = await predictor(compared.map(({ frame }) => frame));
      for (const [index, entry] of compared.entries()) entry.predictions.set(name, predictions[index]!);
      await model.dispose();
    }
    return compared;
  } finally {
    await dataset.close();
  }
}

function shownIds(test: readonly string[]): string[] {
  const count = Math.min(SHOWN_FRAMES, test.length);
  return Array.from({ length: count }, (_, index) => test[Math.floor(((index + 0.5) * test.length) / count)]!);
}

function picturesOf({ rows }: PaperTable, compared: readonly PredictedFrame[]): ComparedFrame[] {
  const shown = rows.filter(({ sceneType }) => sceneType === undefined);
  return compared.map(({ frame, predictions }) => ({
    frame,
    predictions: new Map(
      shown.flatMap(({ label, run }) => {
        const prediction = predictions.get(run);
        return prediction ? [[label, prediction] as const] : [];
      }),
    ),
  }));
}
