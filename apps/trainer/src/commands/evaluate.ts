import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DeviceName, openDevice } from '@llm-mde/backend';
import { Command, Option } from 'commander';
import { LlmMde } from 'llm-mde';
import { inBatches } from '../batches.js';
import { trainingPreset } from '../configuration/presets.js';
import { checkTrainingConfiguration } from '../configuration/resolve-configuration.js';
import type { DataConfiguration, EvaluationConfiguration } from '../configuration/training-configuration.js';
import { type OpenFrames, openDataset, openFrames } from '../data/open-dataset.js';
import { evaluateFrames } from '../evaluation/evaluate-frames.js';
import { EVALUATION_FORMAT, type EvaluationFile } from '../evaluation/evaluation-file.js';
import { evaluationReport } from '../evaluation/evaluation-report.js';
import { modelPredictor } from '../evaluation/predictor.js';
import { findModel } from '../predict/find-model.js';
import { RunFolder, writeJson } from '../run-folder/run-folder.js';
import { parseShard, type Shard, shardFromEnvironment, shardOf } from '../shard.js';
import { showTraining } from '../terminal/show-training.js';
import { deviceOption, positiveNumber } from './options.js';

interface EvaluateFlags {
  data?: string;
  part: 'train' | 'validation' | 'test' | 'all';
  list?: string;
  split?: DataConfiguration['split'] & string;
  crop?: EvaluationConfiguration['crop'];
  minDepth?: string;
  maxDepth?: string;
  align?: EvaluationConfiguration['alignment'];
  flip?: true;
  batch?: number;
  out?: string;
  shard?: Shard;
  device: DeviceName | 'auto';
  json?: true;
}

/** `llm-mde evaluate`: what a checkpoint scores on any part of any data set. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description(
      'compare a model with the truth: standard metrics and the paper’s variant, over all and per scene type',
    )
    .argument('<checkpoint>', 'the folder of a saved model, or of a run (its best model)')
    .option('--data <path>', 'the data set (default: that of the run, or rendered rooms)')
    .addOption(
      new Option('--part <name>', 'which frames').choices(['train', 'validation', 'test', 'all']).default('test'),
    )
    .option('--list <file>', 'only these frames: a text file with an id on each line')
    .addOption(new Option('--split <name>', 'how the frames are parted').choices(['published', 'scenes', 'frames']))
    .addOption(new Option('--crop <name>', 'which pixels').choices(['none', 'eigen', 'garg']))
    .option('--min-depth <metres>', 'compare pixels whose truth lies above')
    .option('--max-depth <metres>', 'and below')
    .addOption(
      new Option('--align <how>', 'fit predictions to the truth first, as for zero-shot models').choices([
        'none',
        'median',
        'depth',
        'disparity',
      ]),
    )
    .option('--flip', 'average with the prediction for the mirrored image')
    .option('--batch <count>', 'images at a time', positiveNumber)
    .option('--out <file>', 'write the results of each frame as JSON; needed with --shard')
    .option('--shard <i/n>', 'only part i of n; put the parts together with llm-mde merge', parseShard)
    .addOption(deviceOption())
    .option('--json', 'print the results as JSON')
    .addHelpText(
      'after',
      `
Examples:
  llm-mde evaluate runs/rooms-tiny
  llm-mde evaluate my-model --data nyu_depth_v2_labeled.mat --flip
  llm-mde evaluate my-model --data my-rooms --part all --align median
  llm-mde evaluate my-model --data nyu_depth_v2_labeled.mat --shard 2/8 --out results/2.json`,
    )
    .action(evaluate);
}

async function evaluate(checkpoint: string, flags: EvaluateFlags): Promise<void> {
  const shard = flags.shard ?? shardFromEnvironment();
  if (shard.count > 1 && flags.out === undefined) {
    throw new Error('A part of an evaluation has to be written to a file: name it with --out.');
  }
  const folder = findModel(checkpoint);
  const configuration = await configurationFor(checkpoint, flags);
  const device = await openDevice({ device: flags.device });
  const display = showTraining({ json: flags.json === true });
  try {
    const { dataset, path, ids } = await openPart(flags.part, configuration.data, display.events.onRender);
    const model = await LlmMde.load(folder, { compiler: device.compile });
    try {
      if (ids.length === 0) throw new Error(`There are no frames in the part "${flags.part}" of ${path}.`);
      const { evaluation } = configuration;
      // Whole batches go to a shard: a frame is predicted beside the same others as without shards.
      const batches = inBatches(ids, evaluation.batchSize);
      const own = shardOf(batches, shard);
      const frames = await evaluateFrames(modelPredictor(model, evaluation), dataset, own, {
        ...evaluation,
        workers: configuration.data.workers,
        onFrame: (_frame, _prediction, done) => display.events.onEvaluation?.(done, own.flat().length),
      });
      const file: EvaluationFile = {
        format: EVALUATION_FORMAT,
        checkpoint: folder,
        data: path,
        part: flags.part,
        protocol: evaluation,
        ids,
        attempted: own.flat(),
        frames,
      };
      display.end();
      if (flags.out !== undefined) await writeResults(flags.out, file);
      console.log(
        flags.json ? JSON.stringify(evaluationReport.values(file), undefined, 2) : evaluationReport.text(file),
      );
    } finally {
      model.dispose();
      await dataset.close();
    }
  } finally {
    display.end();
    await device.close();
  }
}

/** A data set, and the frames of one of its parts. */
async function openPart(
  part: EvaluateFlags['part'],
  configuration: DataConfiguration,
  onRender?: (done: number, total: number) => void,
): Promise<OpenFrames & { ids: string[] }> {
  if (part === 'all') {
    const opened = await openFrames(configuration, onRender);
    return { ...opened, ids: opened.dataset.frames.map(({ id }) => id) };
  }
  const { [part]: ids, dataset, path } = await openDataset(configuration, onRender);
  return { dataset, path, ids };
}

async function writeResults(path: string, file: EvaluationFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeJson(path, file);
}

/** That of the run which the checkpoint belongs to, changed by what was asked for. */
async function configurationFor(
  checkpoint: string,
  flags: EvaluateFlags,
): Promise<{ data: DataConfiguration; evaluation: EvaluationConfiguration }> {
  const run = [new RunFolder(checkpoint), new RunFolder(dirname(checkpoint))].find(({ isRun }) => isRun);
  const base = run ? await run.readConfiguration() : trainingPreset('tiny');
  const isRunData = flags.data === undefined || flags.data === base.data.path;
  const data: DataConfiguration = {
    ...base.data,
    // The frames that a run names are those of its own data set.
    ...(!isRunData && { path: flags.data!, train: null, validation: null, test: null }),
    ...(flags.list !== undefined && { test: flags.list }),
    ...(flags.split !== undefined && { split: flags.split }),
  };
  const evaluation: EvaluationConfiguration = {
    ...base.evaluation,
    ...(flags.crop !== undefined && { crop: flags.crop }),
    ...(flags.align !== undefined && { alignment: flags.align }),
    ...(flags.flip !== undefined && { testTimeFlip: true }),
    ...(flags.minDepth !== undefined && { minDepth: Number(flags.minDepth) }),
    ...(flags.maxDepth !== undefined && { maxDepth: Number(flags.maxDepth) }),
    ...(flags.batch !== undefined && { batchSize: flags.batch }),
  };
  return checkTrainingConfiguration({ ...base, data, evaluation }, 'The options');
}
