import type { Device } from '@llm-mde/backend';
import { type Frame, withDepthOfImage } from '@llm-mde/rgbd';
import { LlmMde, modelCardText } from 'llm-mde';
import { modelCard, writeModelCard } from '../card/model-card.js';
import { CAMERA_NOTES } from '../card/readme.js';
import { readJson, writeJson } from '../config/json-file.js';
import type { TrainingConfiguration } from '../config/schema.js';
import type { OpenDataset } from '../data/open.js';
import { measureBaselines } from '../evaluate/baselines.js';
import {
  compareFrame,
  evaluateFrames,
  type FrameResult,
  modelPredictor,
  summarize,
} from '../evaluate/evaluate-frames.js';
import { type RunResults, testedOn } from '../evaluate/results.js';
import type { TrainingEvents } from '../output/show-training.js';
import { writeReport } from '../report/report.js';
import type { Example } from '../report/report-data.js';
import { readTrainingState, type TrainingState } from '../run/checkpoint.js';
import type { Environment } from '../run/environment.js';
import { MetricsLog } from '../run/metrics-log.js';
import { isFinished, type RunFolder } from '../run/run-folder.js';
import { inBatches } from '../run/shard.js';
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

/** Images in a report. */
const EXAMPLES = 12;
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
    const found: Pick<Example, 'frame' | 'prediction'>[] = [];
    const shown = exampleIds(data, EXAMPLES);
    const tested = await testAll(options, model, (frame, prediction) => {
      if (shown.has(frame.id)) found.push({ frame: withDepthOfImage(frame), prediction });
    });
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
    const { rows } = await MetricsLog.open(folder.metrics, state.metricsRows);
    await writeReport(folder.report, {
      title: folder.path,
      notes: [
        endingOf(state),
        `${testedOn(results, configuration.data)}.`,
        `${modelCardText(card)} ${CAMERA_NOTES[configuration.model.camera ? 'known' : 'unknown']}`,
      ],
      configuration,
      environment: environmentFacts((await readJson(folder.environment)) as Environment),
      history: rows,
      bestStep: state.best?.step,
      evaluations: [
        { name: 'trained model', ...results.model },
        { name: 'mean depth', baseline: true, ...results.mean },
        { name: 'mean depth per pixel', baseline: true, ...results.meanPerPixel },
      ],
      examples: await withPrompts(found, model),
    });
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
  { configuration, data: { dataset, train, test }, events, interruption }: FinishRunOptions,
  model: LlmMde,
  onFrame: (frame: Frame, prediction: Float32Array) => void,
): Promise<Pick<RunResults, 'model' | 'mean' | 'meanPerPixel'>> {
  const { evaluation, data } = configuration;
  const first = await dataset.read(test[0]!);
  const baselines = await measureBaselines(dataset, train, [first.image.width, first.image.height], data.numWorkers);
  const mean: FrameResult[] = [];
  const meanPerPixel: FrameResult[] = [];
  const own = await evaluateFrames(modelPredictor(model, evaluation), dataset, inBatches(test, evaluation.batchSize), {
    ...evaluation,
    numWorkers: data.numWorkers,
    onFrame(frame, prediction, done) {
      interruption?.check();
      mean.push(compareFrame(frame, baselines.mean(frame.image), evaluation));
      meanPerPixel.push(compareFrame(frame, baselines.meanPerPixel(frame.image), evaluation));
      onFrame(frame, prediction);
      events?.onEvaluation?.(done, test.length);
    },
  });
  return { model: summarize(own), mean: summarize(mean), meanPerPixel: summarize(meanPerPixel) };
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

/** Adds what the language model read, and for the first of them the words that it attended to. */
async function withPrompts(found: readonly Pick<Example, 'frame' | 'prediction'>[], model: LlmMde): Promise<Example[]> {
  const examples: Example[] = [];
  for (const [place, { frame, prediction }] of found.entries()) {
    const { text, depthClass } = (await model.prepareImages(frame.image)).prompts[0]!;
    const attended = place < EXAMPLES_WITH_WORDS ? await model.attendedWords(frame.image) : undefined;
    examples.push({ frame, prediction, prompt: text, class: depthClass, attended });
  }
  return examples;
}

function endingOf({ ended, epoch, step, best }: TrainingState): string {
  const reason = ended === 'earlyStopping' ? 'early stopping' : 'all epochs were done';
  return `Training ended after ${epoch} epochs and ${step} steps (${reason}); the best epoch was ${best?.epoch}.`;
}

function environmentFacts({ command, device, ...environment }: Environment) {
  const { name, hardware, libraryVersion, skipped } = device;
  const reasons = skipped.map((other) => `${other.device} skipped: ${other.reason}`);
  return {
    ...environment,
    command: command.join(' '),
    device: [name, hardware, libraryVersion, ...reasons].join(', '),
  };
}
