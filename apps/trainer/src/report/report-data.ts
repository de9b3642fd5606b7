import type { EvaluationResult } from '../evaluate/evaluate-frames.js';
import type { MetricsRow } from '../run/metrics-log.js';
import type { TestedFrames } from './tested-frames.js';

/** What a report says of a run. */
export interface RunReport {
  /** Such as the run's folder. */
  name: string;
  /** Sentences on how training ended, and on what the model was tested. */
  notes: readonly string[];
  /** Sentences on what the model's numbers hold for. */
  limits: readonly string[];
  /** The command line that trained it; absent if it is not known. */
  command?: string | undefined;
  /** The resolved configuration, as plain data. */
  configuration: unknown;
  /** Device, versions, git commit: one line each. */
  environment: Readonly<Record<string, string | number | boolean | null>>;
  /** The lines of `metrics.jsonl`. */
  history: readonly MetricsRow[];
  /** Seconds of training until each step, if they are known. */
  seconds?: ReadonlyMap<number, number>;
  /** The trained model first, then the others; empty before the test. */
  evaluations: readonly Evaluation[];
  /** The frames of the test, if the run has kept them. */
  tested?: TestedFrames | undefined;
}

export interface Evaluation extends EvaluationResult {
  name: string;
  /** Whether it is a baseline, with which models are compared. @default false */
  baseline?: boolean;
}
