import { type ModelCard, modelCardText } from 'llm-mde';
import { CAMERA_NOTES } from '../card/readme.js';
import type { TrainingConfiguration } from '../config/schema.js';
import { BEFORE, type RunResults, testedOn } from '../evaluate/results.js';
import { quoted } from '../output/sentences.js';
import type { Environment } from '../run/environment.js';
import type { MetricsRow } from '../run/metrics-log.js';
import type { Evaluation, RunReport } from './report-data.js';
import type { TestedFrames } from './tested-frames.js';

/** What there is to know of a run; without results it is not tested yet. */
export interface RunParts {
  name: string;
  configuration: TrainingConfiguration;
  environment: Environment | undefined;
  history: readonly MetricsRow[];
  seconds: ReadonlyMap<number, number>;
  results?: RunResults | undefined;
  card?: ModelCard | undefined;
  tested?: TestedFrames | undefined;
}

/** A run in the words of a report. */
export function describeRun(run: RunParts): RunReport {
  const { name, configuration, environment, history, seconds, results, tested } = run;
  return {
    name,
    notes: results ? [endingOf(history, results), `${testedOn(results, configuration.data)}.`] : [progressOf(history)],
    limits: limitsOf(run),
    command: environment && ['llm-mde', ...environment.command].map(quoted).join(' '),
    configuration,
    environment: environment ? environmentFacts(environment) : {},
    history,
    seconds,
    evaluations: results ? evaluationsOf(results) : [],
    tested,
  };
}

/** The trained model and its baselines. */
function evaluationsOf({ model, before, mean, meanPerPixel }: RunResults): Evaluation[] {
  return [
    { name: 'trained model', ...model },
    ...(before ? [{ name: BEFORE, baseline: true, ...before }] : []),
    { name: 'mean depth', baseline: true, ...mean },
    { name: 'mean depth per pixel', baseline: true, ...meanPerPixel },
  ];
}

function limitsOf({ card, configuration: { model } }: RunParts): string[] {
  if (!card) return [];
  return [
    modelCardText(card, model),
    CAMERA_NOTES[model.camera ? 'known' : 'unknown'],
    'It knows images like those it was trained on. In other places, light or cameras its metres can be wrong by far.',
  ];
}

function endingOf(history: readonly MetricsRow[], { ended, best }: RunResults): string {
  const last = history.at(-1);
  const reason = ended === 'earlyStopping' ? 'early stopping' : 'all epochs were done';
  const after = last ? ` after ${last.epoch} epochs and ${last.step} steps` : '';
  return `Training ended${after} (${reason}); the best epoch was ${best?.epoch}.`;
}

function progressOf(history: readonly MetricsRow[]): string {
  const last = history.at(-1);
  return last ? `Not tested yet: training is at step ${last.step} in epoch ${last.epoch}.` : 'Training has not begun.';
}

function environmentFacts({ command: _command, device, ...environment }: Environment) {
  const { name, hardware, libraryVersion, skipped } = device;
  const reasons = skipped.map((other) => `${other.device}: ${other.reason}`);
  return {
    ...environment,
    device: [name, hardware, libraryVersion].filter(Boolean).join(', '),
    ...(reasons.length > 0 && { otherDevices: reasons.join(' ') }),
  };
}
