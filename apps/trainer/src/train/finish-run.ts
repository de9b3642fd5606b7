import type { Device } from '@llm-mde/backend';
import type { Frame } from '@llm-mde/rgbd';
import { LlmMde } from 'llm-mde';
import { modelCard, writeModelCard } from '../card/model-card.js';
import { readJson, writeJson } from '../config/json-file.js';
import { continuesModel, type TrainingConfiguration } from '../config/schema.js';
import type { OpenDataset } from '../data/open.js';
import { measureBaselines } from '../evaluate/baselines.js';
import {
  compareFrame,
  type EvaluationResult,
  evaluateModel,
  type FrameResult,
  summarize,
} from '../evaluate/evaluate-frames.js';
import type { RunResults } from '../evaluate/results.js';
import type { TrainingEvents } from '../output/show-training.js';
import { describeRun } from '../report/describe-run.js';
import { type DistanceErrors, ErrorsByDistance } from '../report/errors-by-distance.js';
import { writeReport } from '../report/report.js';
import {
  type Example,
  exampleOf,
  type FrameScore,
  frameScore,
  rankFrames,
  TESTED_FRAMES_FORMAT,
  type TestedFrames,
} from '../report/tested-frames.js';
import { readTrainingState } from '../run/checkpoint.js';
import type { Environment } from '../run/environment.js';
import { findModel } from '../run/find-model.js';
import { MetricsLog } from '../run/metrics-log.js';
import { isFinished, type RunFolder } from '../run/run-folder.js';
import { readStepTimes } from '../run/step-times.js';
import type { Interruption } from './interruption.js';

export interface FinishRunOptions {
  configuration: TrainingConfiguration;
  folder: RunFolder;
  device: Device;
  /** The dataset of the configuration. */
  data: OpenDataset;
  events?: TrainingEvents;
  /** Ends the test; it is done again when the run is resumed. */
  interruption?: Interruption | undefined;
}

/** Images in a report, besides the worst, the median and the best. */
const EXAMPLES = 8;
/** Those of them with words. */
const EXAMPLES_WITH_WORDS = 3;

/**
 * Tests the best model of a finished run together with the two baselines, and writes `results.json`, `report.html` and the model's card. If they
 * exist already, the results are read.
 */
export async function finishRun(options: FinishRunOptions): Promise<RunResults> {
  const { configuration, folder, device, data } = options;
  if (isFinished(folder)) return (await readJson(folder.results)) as RunResults;
  const model = await LlmMde.load(folder.best, { compiler: device.compile });
  try {
    const state = await readTrainingState(folder.last);
    const { scores, distances, ...tested } = await testAll(options, model);
    const { best, ended } = state;
    const results: RunResults = {
      frames: data.test.length,
      sharesScenes: sharesScenesOf(data),
      best,
      ended,
      ...tested,
    };
    const card = await modelCard(results, data.train.length, configuration);
    await writeModelCard(folder.best, card, configuration.model);
    const shown: TestedFrames = {
      format: TESTED_FRAMES_FORMAT,
      frames: scores,
      distances,
      examples: await findExamples(options, model, scores),
    };
    await writeJson(folder.tested, shown);
    const { rows: history } = await MetricsLog.open(folder.metrics, state.metricsRows);
    const run = describeRun({
      name: folder.path,
      configuration,
      environment: (await readJson(folder.environment)) as Environment,
      history,
      seconds: await readStepTimes(folder.path),
      results,
      card,
      tested: shown,
    });
    await writeReport(folder.report, [run]);
    await writeJson(folder.results, results);
    return results;
  } finally {
    await model.dispose();
  }
}

function sharesScenesOf({ dataset, train, test }: OpenDataset): boolean {
  const trained = new Set(train.map((id) => dataset.frame(id).scene));
  return test.some((id) => trained.has(dataset.frame(id).scene));
}

async function testAll(
  options: FinishRunOptions,
  model: LlmMde,
): Promise<
  Pick<RunResults, 'model' | 'before' | 'mean' | 'meanPerPixel'> & { scores: FrameScore[]; distances: DistanceErrors[] }
> {
  const { configuration, events, interruption } = options;
  const { dataset, train, test } = options.data;
  const { evaluation, data } = configuration;
  const first = await dataset.read(test[0]!);
  const baselines = await measureBaselines(dataset, train, [first.image.width, first.image.height], data.numWorkers);
  const mean: FrameResult[] = [];
  const meanPerPixel: FrameResult[] = [];
  const distances = new ErrorsByDistance(evaluation);
  const own = await evaluateModel(model, dataset, test, {
    ...evaluation,
    numWorkers: data.numWorkers,
    onFrame(frame, prediction, done) {
      interruption?.check();
      mean.push(compareFrame(frame, baselines.mean(frame.image), evaluation));
      meanPerPixel.push(compareFrame(frame, baselines.meanPerPixel(frame.image), evaluation));
      distances.add(frame, prediction);
      events?.onEvaluation?.(done, test.length);
    },
  });
  const before = await testBefore(options);
  return {
    model: summarize(own),
    ...(before && { before }),
    mean: summarize(mean),
    meanPerPixel: summarize(meanPerPixel),
    scores: own.map(frameScore),
    distances: distances.ranges(),
  };
}

/** Tests the model that training began with, if it is whole and still there. */
async function testBefore({
  configuration,
  device,
  data: { dataset, test },
  interruption,
}: FinishRunOptions): Promise<EvaluationResult | undefined> {
  if (!continuesModel(configuration)) return undefined;
  const { evaluation, data } = configuration;
  const folder = await findModel(configuration.training.initFrom!.model).catch(() => undefined);
  if (folder === undefined) return undefined;
  const model = await LlmMde.load(folder, { compiler: device.compile });
  try {
    return summarize(
      await evaluateModel(model, dataset, test, {
        ...evaluation,
        numWorkers: data.numWorkers,
        onFrame: () => interruption?.check(),
      }),
    );
  } finally {
    await model.dispose();
  }
}

/** Frames of different scene types, evenly spaced. */
function exampleIds({ dataset, test }: OpenDataset, count: number): ReadonlySet<string> {
  const byType = new Map<string, string>();
  for (const id of test) {
    const { sceneType } = dataset.frame(id);
    if (!byType.has(sceneType)) byType.set(sceneType, id);
  }
  const firsts = [...byType.values()];
  const candidates = firsts.length >= count ? firsts : [...new Set([...firsts, ...test])];
  const step = candidates.length / Math.min(count, candidates.length);
  return new Set(
    Array.from({ length: Math.min(count, candidates.length) }, (_, index) => candidates[Math.floor(index * step)]!),
  );
}

/** The frames that every run on this data shows, and the worst, the median and the best of this one, predicted once more. */
async function findExamples(
  { configuration: { evaluation, data: settings }, data }: FinishRunOptions,
  model: LlmMde,
  scores: readonly FrameScore[],
): Promise<Example[]> {
  const scoreOf = new Map(scores.map((score) => [score.id, score]));
  const ranked = Object.values(rankFrames(scores)).flat();
  const ids = [...new Set([...exampleIds(data, EXAMPLES), ...ranked.map(({ id }) => id)])].filter((id) =>
    scoreOf.has(id),
  );
  const found: [Frame, Float32Array][] = [];
  await evaluateModel(model, data.dataset, ids, {
    ...evaluation,
    numWorkers: settings.numWorkers,
    onFrame: (frame, prediction) => found.push([frame, prediction]),
  });
  const examples: Example[] = [];
  for (const [place, [frame, prediction]] of found.entries()) {
    const { text: prompt, depthClass } = (await model.prepareImages(frame.image)).prompts[0]!;
    const attended = place < EXAMPLES_WITH_WORDS ? await model.attendedWords(frame.image) : undefined;
    const facts = { score: scoreOf.get(frame.id)!, prompt, class: depthClass, attended };
    examples.push(await exampleOf(frame, prediction, evaluation, facts));
  }
  return examples;
}
