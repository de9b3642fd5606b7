import type { SplitBy } from '../config/schema.js';
import type { CacheProgress } from '../run/feature-files.js';
import type { StepRow, ValidationRow } from '../run/metrics-log.js';
import { progressBar } from './progress.js';
import { plural } from './sentences.js';

/** What happens during a run, for whoever displays it. Every listener is optional. */
export interface TrainingEvents {
  /** Rooms are being rendered. */
  onRender?(done: number, total: number): void;
  /** Training starts, or resumes after a step. */
  onStart?(run: RunOutline): void;
  onStep?(row: StepRow, progress: StepProgress): void;
  /** After each epoch; `isBest` if the validation loss is the lowest so far. */
  onValidation?(row: ValidationRow, isBest: boolean): void;
  /** Frames were evaluated after training. */
  onEvaluation?(done: number, total: number): void;
}

interface RunOutline {
  folder: string;
  device: string;
  hardware: string;
  train: number;
  validation: number;
  test: number;
  /** How the frames were split. */
  splitBy: SplitBy;
  trainableParameters: number;
  stepsPerEpoch: number;
  totalSteps: number;
  /** Steps that were done before. */
  step: number;
}

export interface StepProgress {
  totalSteps: number;
  imagesPerSecond: number;
  /** Resident memory of this process, in bytes. */
  memory: number;
  secondsLeft: number;
  /** How full the cache of features is, if the run has one. */
  cache?: CacheProgress | undefined;
}

export interface TrainingDisplay {
  events: TrainingEvents;
  /** Prints a line that stays. */
  note(text: string): void;
  /** Removes the progress bar. */
  end(): void;
}

/** Displays a run: a progress bar and lines, or JSON lines with `json`. */
export function showTraining({ json }: { json: boolean }): TrainingDisplay {
  if (json) return jsonLines();
  const { show, note, end } = progressBar();
  return {
    events: {
      onRender: (done, total) => show('rendering rooms', done, total),
      onStart: (run) => note(outlineText(run)),
      onStep: ({ epoch, step, loss }, progress) =>
        show(`epoch ${epoch}`, step, progress.totalSteps, `loss ${loss.toFixed(4)}  ${speedText(progress)}`),
      onValidation: (row, isBest) => note(validationText(row, isBest)),
      onEvaluation: (done, total) => show('testing', done, total),
    },
    note,
    end,
  };
}

function jsonLines(): TrainingDisplay {
  const print = (event: string, values: object) => console.log(JSON.stringify({ event, ...values }));
  return {
    events: {
      onStart: (run) => print('start', run),
      onStep: (row, progress) => print('step', { ...row, ...progress }),
      onValidation: (row, isBest) => print('validation', { ...row, isBest }),
    },
    note: (text) => print('note', { text }),
    end: () => {},
  };
}

function outlineText(run: RunOutline): string {
  return [
    `${run.step === 0 ? 'Training' : `Resuming from step ${run.step}`} in ${run.folder} on ${run.device} (${run.hardware})`,
    `${plural(run.train, 'training frame')}, ${plural(run.validation, 'validation frame')}, ${plural(run.test, 'test frame')}, split by ${run.splitBy}`,
    `${run.trainableParameters.toLocaleString('en')} trainable parameters, up to ${run.totalSteps} steps`,
  ].join('\n');
}

function validationText(row: ValidationRow, isBest: boolean): string {
  const { epoch, trainingLoss, validationLoss, absRel, rmse } = row;
  const metrics = `absRel ${absRel?.toFixed(4)}  rmse ${rmse?.toFixed(3)} m`;
  return `epoch ${epoch}  loss ${trainingLoss.toFixed(4)}  validation ${validationLoss.toFixed(4)}  ${metrics}${isBest ? '  best so far' : ''}`;
}

function speedText({ imagesPerSecond, memory, secondsLeft, cache }: StepProgress): string {
  const known = Number.isFinite(secondsLeft) && Number.isFinite(imagesPerSecond);
  const speed = known ? `${imagesPerSecond.toFixed(1)} images/s  ` : '';
  const cached = cache ? `  cache ${cache.frames} of ${plural(cache.total, 'frame')}, ${gigabytes(cache.bytes)}` : '';
  return `${speed}${gigabytes(memory)}${cached}${known ? `  ${timeText(secondsLeft)} left` : ''}`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** `1 h 5 min`, `2 min 3 s`. */
export function timeText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes >= 60
    ? `${Math.floor(minutes / 60)} h ${minutes % 60} min`
    : minutes > 0
      ? `${minutes} min ${Math.round(seconds % 60)} s`
      : `${Math.round(seconds)} s`;
}
