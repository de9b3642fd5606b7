import { existsSync } from 'node:fs';
import type { Device } from '@llm-mde/backend';
import type { Frame } from '@llm-mde/rgbd';
import { LlmMde } from 'llm-mde';
import { inBatches } from '../batches.js';
import type { TrainingConfiguration } from '../configuration/training-configuration.js';
import { type OpenDataset, openDataset } from '../data/open-dataset.js';
import { measureBaselines } from '../evaluation/baselines.js';
import {
  compareFrame,
  type EvaluationResult,
  evaluateFrames,
  type FrameResult,
  summarize,
} from '../evaluation/evaluate-frames.js';
import { modelPredictor } from '../evaluation/predictor.js';
import { testedOn } from '../evaluation/tested-on.js';
import type { Example, ExampleWords, HistoryRow } from '../report/report-data.js';
import { writeReport } from '../report/write-report.js';
import { readTrainingState, type TrainingState } from '../run-folder/checkpoint.js';
import { isValidationRow, MetricsLog, type MetricsRow } from '../run-folder/metrics-log.js';
import { type RunFolder, readJson, writeJson } from '../run-folder/run-folder.js';
import type { TrainingEvents } from './training-events.js';

/** `results.json` of a run: its best model on the test frames, and what it is compared with. */
export interface RunResults {
  frames: number;
  best: TrainingState['best'];
  ended: TrainingState['ended'];
  model: EvaluationResult;
  mean: EvaluationResult;
  meanPerPixel: EvaluationResult;
}

/** How many images a report shows. */
const EXAMPLES = 12;
/** And for how many of these the words. */
const EXAMPLES_WITH_WORDS = 3;

/**
 * Tests the best model of a trained run beside the two baselines, and writes `results.json` and `report.html`. Where that was done, the
 * results are read.
 */
export async function finishRun(
  configuration: TrainingConfiguration,
  folder: RunFolder,
  device: Device,
  events: TrainingEvents = {},
): Promise<RunResults> {
  if (existsSync(folder.results) && existsSync(folder.report)) return (await readJson(folder.results)) as RunResults;
  const data = await openDataset(configuration.data, events.onRender);
  const model = await LlmMde.load(folder.best, { compiler: device.compile });
  try {
    const state = await readTrainingState(folder.last);
    const found: { frame: Frame; prediction: Float32Array }[] = [];
    const shown = exampleIds(data, EXAMPLES);
    const tested = await testAll(configuration, data, model, events, (frame, prediction) => {
      if (shown.has(frame.id)) found.push({ frame, prediction });
    });
    const examples: Example[] = [];
    for (const { frame, prediction } of found) examples.push(await exampleOf(frame, prediction, model));
    const results: RunResults = { frames: data.test.length, best: state.best, ended: state.ended, ...tested };
    await report({ configuration, folder, state, results, examples, words: await wordsOf(model, examples) });
    await writeJson(folder.results, results);
    return results;
  } finally {
    model.dispose();
    await data.dataset.close();
  }
}

async function testAll(
  configuration: TrainingConfiguration,
  { dataset, train, test }: OpenDataset,
  model: LlmMde,
  events: TrainingEvents,
  onFrame: (frame: Frame, prediction: Float32Array) => void,
): Promise<Pick<RunResults, 'model' | 'mean' | 'meanPerPixel'>> {
  const { evaluation, data } = configuration;
  const first = await dataset.read(test[0]!);
  const baselines = await measureBaselines(dataset, train, [first.image.width, first.image.height], data.workers);
  const mean: FrameResult[] = [];
  const meanPerPixel: FrameResult[] = [];
  const own = await evaluateFrames(modelPredictor(model, evaluation), dataset, inBatches(test, evaluation.batchSize), {
    ...evaluation,
    workers: data.workers,
    onFrame(frame, prediction, done) {
      mean.push(compareFrame(frame, baselines.mean(frame.image), evaluation));
      meanPerPixel.push(compareFrame(frame, baselines.meanPerPixel(frame.image), evaluation));
      onFrame(frame, prediction);
      events.onEvaluation?.(done, test.length);
    },
  });
  return { model: summarize(own), mean: summarize(mean), meanPerPixel: summarize(meanPerPixel) };
}

/** Frames of different scene types, evenly from all. */
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

async function exampleOf(
  { id, sceneType, image, depth, valid }: Frame,
  prediction: Float32Array,
  model: LlmMde,
): Promise<Example> {
  const { prompts } = await model.prepareImages(image);
  const { text, depthClass } = prompts[0]!;
  return { id, sceneType, image, truth: depth, valid, prediction, prompt: text, class: depthClass };
}

async function wordsOf(model: LlmMde, examples: readonly Example[]): Promise<ExampleWords[]> {
  const words: ExampleWords[] = [];
  for (const { id, image } of examples.slice(0, EXAMPLES_WITH_WORDS)) {
    const raw = { ...image, data: Uint8Array.from(image.data), channels: 3 as const };
    words.push({ exampleId: id, attended: await model.attendedWords(raw) });
  }
  return words;
}

interface ReportParts {
  configuration: TrainingConfiguration;
  folder: RunFolder;
  state: TrainingState;
  results: RunResults;
  examples: Example[];
  words: ExampleWords[];
}

async function report({ configuration, folder, state, results, examples, words }: ReportParts): Promise<void> {
  const { rows } = await MetricsLog.open(folder.metrics, state.metricsRows);
  const environment = (await readJson(folder.environment)) as Record<string, unknown>;
  await writeReport(folder.report, {
    title: folder.path,
    notes: [endingOf(state), `${testedOn(results.frames, configuration.data)}.`],
    configuration,
    environment: flat(environment),
    history: rows.map(historyRow),
    ...(state.best && { bestStep: state.best.step }),
    evaluations: [
      { name: 'trained model', ...results.model },
      { name: 'mean depth of the training frames', baseline: true, ...results.mean },
      { name: 'mean depth at each pixel', baseline: true, ...results.meanPerPixel },
    ],
    examples,
    words,
  });
}

function historyRow(row: MetricsRow): HistoryRow {
  if (isValidationRow(row)) return { ...row };
  const { loss, ...others } = row;
  return { ...others, trainingLoss: loss };
}

function endingOf({ ended, epoch, step, best }: TrainingState): string {
  const reason = ended === 'earlyStoppingPatience' ? 'no better validation loss came' : 'all epochs were done';
  return `Training ended after ${epoch} epochs and ${step} steps, as ${reason}; the best epoch was ${best?.epoch}.`;
}

/** Nested objects as lines of text. */
function flat(value: Record<string, unknown>): Record<string, string> {
  const text = (inner: unknown): string =>
    Array.isArray(inner)
      ? inner.map(text).join(' ')
      : typeof inner === 'object' && inner !== null
        ? Object.entries(inner)
            .map(([key, part]) => `${key} ${text(part)}`)
            .join(', ')
        : String(inner);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, text(inner)]));
}
