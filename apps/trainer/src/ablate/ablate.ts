import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { replaceFile } from '@llm-mde/checkpoints';
import type { DepthMetricsSummary } from '@llm-mde/metrics';
import { configure, LlmMde } from 'llm-mde';
import { readJson, writeJson } from '../config/json-file.js';
import type { TrainingConfiguration } from '../config/schema.js';
import { openFrames } from '../data/open.js';
import { evaluateModel, metricsOnly, summarize } from '../evaluate/evaluate-frames.js';
import type { RunResults } from '../evaluate/results.js';
import { isFinished } from '../run/run-folder.js';
import { shardOf } from '../run/shard.js';
import { type PlannedRun, type TrainPlanOptions, trainPlan } from '../train/train-plan.js';
import { type AblationResults, ablationMarkdown, ablationPage } from './ablation-documents.js';
import type { Variant } from './variants.js';

export interface AblateOptions extends Omit<TrainPlanOptions<string>, 'configure'> {
  base: TrainingConfiguration;
  variants: readonly Variant[];
  /** Folders of frames that no run was trained on, to test every model on too. */
  also: readonly string[];
}

/**
 * Trains and tests the variants of a shard that are not finished; stopped ones are resumed. All have the same data, seeds and budget.
 *
 * @throws {Interrupted} if it was interrupted.
 */
export async function ablate(options: AblateOptions): Promise<void> {
  const { base, variants, plan, shard, also } = options;
  const changes = new Map(variants.map(({ name, model }) => [name, model]));
  await trainPlan({
    ...options,
    configure: async (runs) =>
      runs.map(({ name, seed }) => ({
        ...base,
        model: configure(base.model, changes.get(name)!, { seed }),
        training: { ...base.training, seed },
      })),
  });
  const finished = shardOf(plan, shard).filter(({ folder }) => isFinished(folder));
  for (const path of also) {
    const untested = finished.filter(({ folder }) => !existsSync(alsoFile(path, folder.path)));
    if (untested.length > 0) await testOn(path, untested, options);
  }
}

/** Tests the best models of runs on other frames. */
async function testOn(
  path: string,
  runs: readonly PlannedRun[],
  { base, device, interruption }: AblateOptions,
): Promise<void> {
  const { dataset } = await openFrames({ ...base.data, path });
  try {
    const protocol = { ...base.evaluation, crop: 'none' as const };
    const ids = dataset.frames.map(({ id }) => id);
    for (const { folder } of runs) {
      interruption.check();
      const model = await LlmMde.load(folder.best, { compiler: device.compile });
      try {
        const results = await evaluateModel(model, dataset, ids, {
          ...protocol,
          numWorkers: base.data.numWorkers,
        });
        await writeJson(alsoFile(path, folder.path), metricsOnly(summarize(results).metrics));
      } finally {
        await model.dispose();
      }
    }
  } finally {
    await dataset.close();
  }
}

function alsoFile(path: string, run: string): string {
  return join(run, `test-on-${basename(path)}.json`);
}

export interface WriteAblationOptions extends Pick<AblateOptions, 'plan' | 'variants' | 'also'> {
  folder: string;
  facts: readonly string[];
}

/** Writes `ablation.md`, `.json` and `.html` from the runs that are done. @returns the Markdown. */
export async function writeAblation({ folder, plan, variants, also, facts }: WriteAblationOptions): Promise<string> {
  const done = plan.filter((run) => isFinished(run.folder));
  const tested = async ({ folder: run }: PlannedRun) => ((await readJson(run.results)) as RunResults).model.metrics;
  const results: AblationResults[] = [await collect('Test frames', done, variants, tested)];
  for (const path of also) {
    const measured = done.filter((run) => existsSync(alsoFile(path, run.folder.path)));
    const read = async (run: PlannedRun) => (await readJson(alsoFile(path, run.folder.path))) as DepthMetricsSummary;
    results.push(await collect(basename(path), measured, variants, read));
  }
  const text = ablationMarkdown(results, facts);
  await replaceFile(join(folder, 'ablation.md'), text);
  await replaceFile(join(folder, 'ablation.html'), ablationPage(results, facts));
  await writeJson(join(folder, 'ablation.json'), { facts, results });
  return text;
}

async function collect(
  dataset: string,
  runs: readonly PlannedRun[],
  variants: readonly Variant[],
  metricsOf: (run: PlannedRun) => Promise<DepthMetricsSummary>,
): Promise<AblationResults> {
  const rows = [];
  for (const { name, label } of variants) {
    const own = runs.filter((run) => run.name === name);
    if (own.length === 0) continue;
    const metrics = [];
    for (const run of own) metrics.push(await metricsOf(run));
    rows.push({ name, label, measured: { seeds: own.map(({ seed }) => seed), metrics } });
  }
  return { dataset, rows };
}
