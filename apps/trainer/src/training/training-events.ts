import type { StepRow, ValidationRow } from '../run-folder/metrics-log.js';

/** What happens in a run, for whoever shows it. Every listener is optional. */
export interface TrainingEvents {
  /** Rooms are rendered. */
  onRender?(done: number, total: number): void;
  /** Training begins, or goes on after a step. */
  onStart?(run: RunOutline): void;
  onStep?(row: StepRow, progress: StepProgress): void;
  /** After each epoch; `isBest` where the validation loss is the lowest so far. */
  onValidation?(row: ValidationRow, isBest: boolean): void;
  /** Frames were compared after training. */
  onEvaluation?(done: number, total: number): void;
}

interface RunOutline {
  folder: string;
  device: string;
  hardware: string;
  train: number;
  validation: number;
  test: number;
  trainedParameters: number;
  stepsPerEpoch: number;
  totalSteps: number;
  /** Steps that were taken before. */
  step: number;
}

export interface StepProgress {
  totalSteps: number;
  imagesPerSecond: number;
  /** Resident memory of this process, in bytes. */
  memory: number;
  secondsLeft: number;
}
