import { dirname } from 'node:path';
import { checkDepths } from '@llm-mde/rgbd';
import { writeJson } from '../config/json-file.js';
import { type LayoutFlags, layoutOfFlags, NO_LAYOUT } from '../config/layout.js';
import { trainingPreset } from '../config/presets.js';
import { checkTrainingConfiguration } from '../config/resolve.js';
import type { DataConfiguration, EvaluationConfiguration } from '../config/schema.js';
import { withoutCameraText } from '../data/check-run-data.js';
import { type OpenFrames, openDataset, openFrames } from '../data/open.js';
import { listed } from '../data/split.js';
import type { OpenModel } from '../models/predicting-model.js';
import { withOpenModel } from '../models/with-open-model.js';
import { UsageError, writing } from '../output/sentences.js';
import { showTraining } from '../output/show-training.js';
import { isRun, readConfiguration, runFolder } from '../run/run-folder.js';
import { inBatches, type Shard, shardFromEnvironment, shardOf } from '../run/shard.js';
import type { ModelOptions } from '../run/with-model.js';
import { evaluateFrames, modelPredictor } from './evaluate-frames.js';
import {
  EVALUATION_FORMAT,
  type EvaluationFile,
  evaluationText,
  evaluationValues,
  mergeEvaluations,
  readEvaluation,
} from './evaluation-file.js';

export interface EvaluateFlags extends LayoutFlags, ModelOptions {
  model?: string;
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
  json?: true;
}

/** Evaluates a model, prints its scores and writes them to a file if asked to. */
export async function evaluate(given: string | undefined, flags: EvaluateFlags): Promise<void> {
  const shard = flags.shard ?? shardFromEnvironment();
  if (shard.count > 1 && flags.out === undefined) {
    throw new UsageError('With --shard, the results have to be written to a file: name it with --out.');
  }
  const checkpoint = given ?? flags.model;
  if (checkpoint === undefined || (given !== undefined && flags.model !== undefined)) {
    throw new UsageError('give one model: the folder of a run or of a saved model, or a name with --model.');
  }
  const { data, evaluation } = await configurationFor(checkpoint, flags);
  const { events, note, end } = showTraining({ json: flags.json === true });
  await withOpenModel(checkpoint, flags, async (open) => {
    const protocol = protocolFor(open, evaluation, flags);
    const { dataset, path, ids, split, notes = [] } = await openSplit(flags, data, events.onRender);
    try {
      if (ids.length === 0) throw new Error(`No frames found in the split "${split}" of ${path}.`);
      const { minDepth: minimum, maxDepth: maximum } = protocol;
      const { problem, warnings, ...found } = await checkDepths(dataset, { ids, minimum, maximum });
      if (problem !== undefined) throw new Error(`Nothing can be compared. ${problem}`);
      if (open.model.configuration.camera) warnings.push(...withoutCameraText(found));
      for (const odd of [...notes, ...warnings]) note(`Warning: ${odd}`);
      // A shard gets whole batches, so that a frame is in the same batch as without shards.
      const batches = shardOf(inBatches(ids, protocol.batchSize), shard);
      const attempted = batches.flat();
      const frames = await evaluateFrames(modelPredictor(open.model, protocol), dataset, batches, {
        ...protocol,
        unit: open.unit,
        numWorkers: data.numWorkers,
        onFrame: (_frame, _prediction, done) => events.onEvaluation?.(done, attempted.length),
      });
      end();
      const outline = { format: EVALUATION_FORMAT, checkpoint: open.name, data: path, split } as const;
      const about = open.isOthers && { about: open.about! };
      await showResults({ ...outline, ...about, protocol, ids, attempted, frames }, flags);
    } finally {
      await dataset.close();
    }
  }).finally(end);
}

/** How this model is compared. */
function protocolFor(
  { unit, name, isOthers }: Pick<OpenModel, 'unit' | 'name' | 'isOthers'>,
  evaluation: EvaluationConfiguration,
  { align = 'disparity' }: EvaluateFlags,
): EvaluationConfiguration {
  const protocol = isOthers ? { ...evaluation, batchSize: 1 } : evaluation;
  if (unit === 'metre') return protocol;
  if (align === 'disparity') return { ...protocol, alignment: 'disparity' };
  throw new UsageError(
    `${name} gives relative inverse depth, which can only be aligned by scale and shift in disparity: leave out --align ${align}.`,
  );
}

/** A dataset, and the frames to evaluate: those of a list, or of one of its splits. */
async function openSplit(
  { list, split }: EvaluateFlags,
  configuration: DataConfiguration,
  onRender?: (done: number, total: number) => void,
): Promise<OpenFrames & { ids: string[]; split: string; notes?: string[] }> {
  if (list !== undefined || split === 'all') {
    const opened = await openFrames(configuration, onRender);
    try {
      const ids = await listed(opened.dataset, list ?? null);
      return { ...opened, ids: ids ?? opened.dataset.frames.map(({ id }) => id), split: list ?? split };
    } catch (error) {
      await opened.dataset.close();
      throw error;
    }
  }
  const { [split]: ids, dataset, path, notes } = await openDataset(configuration, onRender);
  return { dataset, path, ids, split, notes };
}

async function showResults(file: EvaluationFile, { out, json }: { out?: string; json?: true }): Promise<void> {
  if (out !== undefined) await writing(out, () => writeJson(out, file));
  console.log(json ? JSON.stringify(evaluationValues(file), undefined, 2) : evaluationText(file));
  if (file.frames.some(({ errors }) => errors.pixels > 0)) return;
  const { minDepth, maxDepth } = file.protocol;
  console.error(
    `llm-mde: Nothing was compared: no frame has a depth from ${minDepth} to ${maxDepth} m within the crop. Change --min-depth and --max-depth, or check the unit of the depth maps.`,
  );
  process.exitCode = 1;
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
    // The frames that a run names are those of its own dataset, and so is its layout.
    ...(!isRunData && { path: flags.data!, train: null, validation: null, test: null, ...NO_LAYOUT }),
    ...layoutOfFlags(flags),
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
