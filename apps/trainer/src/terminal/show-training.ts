import { SingleBar } from 'cli-progress';
import type { StepProgress, TrainingEvents } from '../training/training-events.js';

export interface TrainingDisplay {
  events: TrainingEvents;
  /** A line that stays. */
  note(text: string): void;
  /** Takes the bar away. */
  end(): void;
}

/** Shows a run: a bar on a terminal, plain lines elsewhere, JSON for machines. */
export function showTraining({ json }: { json: boolean }): TrainingDisplay {
  return json ? jsonLines() : process.stderr.isTTY ? progressBar() : plainLines();
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

function plainLines(): TrainingDisplay {
  const print = (text: string) => console.error(text);
  let lastTime = performance.now();
  const now = (minimumSeconds: number) => {
    if (performance.now() - lastTime < 1000 * minimumSeconds) return false;
    lastTime = performance.now();
    return true;
  };
  return {
    events: {
      onRender: (done, total) => {
        if (done === total || now(10)) print(`rendering rooms: ${done} of ${total}`);
      },
      onStart: (run) => print(outlineText(run)),
      onStep: (row, progress) => {
        if (now(10))
          print(`step ${row.step} of ${progress.totalSteps}  loss ${row.loss.toFixed(4)}  ${speedText(progress)}`);
      },
      onValidation: (row, isBest) => print(validationText(row, isBest)),
      onEvaluation: (done, total) => {
        if (done === total) print(`tested on ${total} frames`);
      },
    },
    note: print,
    end: () => {},
  };
}

function progressBar(): TrainingDisplay {
  let bar: SingleBar | undefined;
  let shown = '';
  const end = () => {
    bar?.stop();
    bar = undefined;
    shown = '';
  };
  const show = (title: string, value: number, total: number, text: string) => {
    if (shown !== title) {
      end();
      bar = new SingleBar({
        format: `${title} {bar} {value}/{total} {text}`,
        barCompleteChar: '█',
        barIncompleteChar: '░',
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
        stopOnComplete: false,
        linewrap: false,
        gracefulExit: false,
      });
      bar.start(total, value, { text });
      shown = title;
    }
    bar!.update(value, { text });
  };
  const note = (text: string) => {
    end();
    console.error(text);
  };
  return {
    events: {
      onRender: (done, total) => show('rendering rooms', done, total, ''),
      onStart: (run) => note(outlineText(run)),
      onStep: (row, progress) =>
        show(
          `epoch ${row.epoch}`,
          row.step,
          progress.totalSteps,
          `loss ${row.loss.toFixed(4)}  ${speedText(progress)}`,
        ),
      onValidation: (row, isBest) => note(validationText(row, isBest)),
      onEvaluation: (done, total) => show('testing', done, total, ''),
    },
    note,
    end,
  };
}

function outlineText(run: Parameters<NonNullable<TrainingEvents['onStart']>>[0]): string {
  return [
    `${run.step === 0 ? 'Training' : `Going on after step ${run.step}`} in ${run.folder} on ${run.device} (${run.hardware})`,
    `${run.train} frames to train on, ${run.validation} for validation, ${run.test} for the test; no scene in two of them`,
    `${run.trainedParameters.toLocaleString('en')} trained parameters, up to ${run.totalSteps} steps`,
  ].join('\n');
}

function validationText(row: Parameters<NonNullable<TrainingEvents['onValidation']>>[0], isBest: boolean): string {
  const { epoch, trainingLoss, validationLoss, absRel, rmse } = row;
  const metrics = `absRel ${absRel?.toFixed(4)}  rmse ${rmse?.toFixed(3)} m`;
  return `epoch ${epoch}  loss ${trainingLoss.toFixed(4)}  validation ${validationLoss.toFixed(4)}  ${metrics}${isBest ? '  best so far' : ''}`;
}

function speedText({ imagesPerSecond, memory, secondsLeft }: StepProgress): string {
  const known = Number.isFinite(secondsLeft) && Number.isFinite(imagesPerSecond);
  const speed = known ? `${imagesPerSecond.toFixed(1)} images/s  ` : '';
  return `${speed}${(memory / 1e9).toFixed(1)} GB${known ? `  ${timeText(secondsLeft)} left` : ''}`;
}

function timeText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes >= 60
    ? `${Math.floor(minutes / 60)} h ${minutes % 60} min`
    : minutes > 0
      ? `${minutes} min ${Math.round(seconds % 60)} s`
      : `${Math.round(seconds)} s`;
}
