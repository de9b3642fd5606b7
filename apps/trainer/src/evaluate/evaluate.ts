import { dirname } from 'node:path';
import type { DeviceName } from '@llm-mde/backend';
import { writeJson } from '../config/json-file.js';
import { trainingPreset } from '../config/presets.js';
import { checkTrainingConfiguration } from '../config/resolve.js';
import type { DataConfiguration, EvaluationConfiguration } from '../config/schema.js';
import { type OpenFrames, openDataset, openFrames } from '../data/open.js';
import { showTraining } from '../output/show-training.js';
import { findModel } from '../run/find-model.js';
import { isRun, readConfiguration, runFolder } from '../run/run-folder.js';
import { inBatches, type Shard, shardFromEnvironment, shardOf } from '../run/shard.js';
import { withModel } from '../run/with-model.js';
import { evaluateFrames, modelPredictor } from './evaluate-frames.js';
import {
  EVALUATION_FORMAT,
  type EvaluationFile,
  evaluationText,
  evaluationValues,
  mergeEvaluations,
  readEvaluation,
} from './evaluation-file.js';

export interface EvaluateFlags {
  data?: string;
  split: 'train' | 'validation' | 'test' | 'all';
  list?: string;
  splitBy?: DataConfiguration['splitBy'] & string;
  crop?: EvaluationConfiguration['crop'];
  minDepth?: string;
  maxDepth?: string;
  align?: EvaluationConfiguration['alignment'];
  flip?: true;
  batchSize?: number;
  out?: string;
  shard?: Shard;
  device: DeviceName | 'auto';
  json?: true;
}

/** Evaluates a model, prints its scores and writes them to a file if asked to. */
export async function evaluate(checkpoint: string, flags: EvaluateFlags): Promise<void> {
  const shard = flags.shard ?? shardFromEnvironment();
  if (shard.count > 1 && flags.out === undefined) {
    throw new Error('With --shard, the results have to be written to a file: name it with --out.');
  }
  const folder = findModel(checkpoint);
  const { data, evaluation } = await configurationFor(checkpoint, flags);
  const { events, end } = showTraining({ json: flags.json === true });
  await withModel(folder, flags.device, async (model) => {
    const { dataset, path, ids } = await openSplit(flags.split, data, events.onRender);
    try {
      if (ids.length === 0) throw new Error(`No frames found in the split "${flags.split}" of ${path}.`);
      // A shard gets whole batches, so that a frame is in the same batch as without shards.
      const batches = shardOf(inBatches(ids, evaluation.batchSize), shard);
      const attempted = batches.flat();
      const frames = await evaluateFrames(modelPredictor(model, evaluation), dataset, batches, {
        ...evaluation,
        numWorkers: data.numWorkers,
        onFrame: (_frame, _prediction, done) => events.onEvaluation?.(done, attempted.length),
      });
      end();
      const outline = { format: EVALUATION_FORMAT, checkpoint: folder, data: path, split: flags.split } as const;
      await showResults({ ...outline, protocol: evaluation, ids, attempted, frames }, flags);
    } finally {
      await dataset.close();
    }
  }).finally(end);
}

/** A dataset, and the frames of one of its splits. */
async function openSplit(
  split: EvaluateFlags['split'],
  configuration: DataConfiguration,
  onRender?: (done: number, total: number) => void,
): Promise<OpenFrames & { ids: string[] }> {
  if (split === 'all') {
    const opened = await openFrames(configuration, onRender);
    return { ...opened, ids: opened.dataset.frames.map(({ id }) => id) };
  }
  const { [split]: ids, dataset, path } = await openDataset(configuration, onRender);
  return { dataset, path, ids };
}

async function showResults(file: EvaluationFile, { out, json }: { out?: string; json?: true }): Promise<void> {
  if (out !== undefined) await writeJson(out, file);
  console.log(json ? JSON.stringify(evaluationValues(file), undefined, 2) : evaluationText(file));
}

/** The configuration of the checkpoint's run, changed by the options. */
async function configurationFor(
  checkpoint: string,
  flags: EvaluateFlags,
): Promise<{ data: DataConfiguration; evaluation: EvaluationConfiguration }> {
  const run = [checkpoint, dirname(checkpoint)].map(runFolder).find(isRun);
  const base = run ? await readConfiguration(run) : trainingPreset('tiny');
  const isRunData = flags.data === undefined || flags.data === base.data.path;
  const data: DataConfiguration = {
    ...base.data,
    // The frames that a run names are those of its own dataset.
    ...(!isRunData && { path: flags.data!, train: null, validation: null, test: null }),
    ...(flags.list !== undefined && { test: flags.list }),
    ...(flags.splitBy !== undefined && { splitBy: flags.splitBy }),
  };
  const evaluation: EvaluationConfiguration = {
    ...base.evaluation,
    ...(flags.crop !== undefined && { crop: flags.crop }),
    ...(flags.align !== undefined && { alignment: flags.align }),
    ...(flags.flip !== undefined && { testTimeFlip: true }),
    ...(flags.minDepth !== undefined && { minDepth: Number(flags.minDepth) }),
    ...(flags.maxDepth !== undefined && { maxDepth: Number(flags.maxDepth) }),
    ...(flags.batchSize !== undefined && { batchSize: flags.batchSize }),
  };
  return checkTrainingConfiguration({ ...base, data, evaluation }, 'The options');
}

/** Merges the files of a sharded evaluation. */
export async function mergeFiles(files: string[], flags: { out?: string; json?: true }): Promise<void> {
  const shards = [];
  for (const file of files) shards.push(await readEvaluation(file));
  await showResults(mergeEvaluations(shards, files), flags);
}
