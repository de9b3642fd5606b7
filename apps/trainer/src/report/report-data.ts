import type { Frame } from '@llm-mde/rgbd';
import type { AttendedWords } from 'llm-mde';
import type { EvaluationResult } from '../evaluate/evaluate-frames.js';
import type { MetricsRow } from '../run/metrics-log.js';

/** The content of a report. */
export interface ReportData {
  /** The title of the page, such as the run's folder. */
  title: string;
  /** Sentences under the title: how training ended, how long it took. */
  notes?: readonly string[];
  /** The resolved configuration, as plain data. */
  configuration: unknown;
  /** Device, versions, git commit: one line each. */
  environment: Readonly<Record<string, string | number | boolean | null>>;
  /** The lines of `metrics.jsonl`. */
  history: readonly MetricsRow[];
  /** Step of the best checkpoint; marked in the charts. */
  bestStep?: number | undefined;
  /** The trained model first, then the others. */
  evaluations: readonly Evaluation[];
  examples: readonly Example[];
}

export interface Evaluation extends EvaluationResult {
  name: string;
  /** Whether it is a baseline, with which the model is compared at the top. @default false */
  baseline?: boolean;
}

/** A test frame with what was predicted. */
export interface Example {
  frame: Frame;
  /** Metres, of the image's size. */
  prediction: Float32Array;
  /** The prompt of the language model; empty if there is none. */
  prompt: string;
  /** The class that the prompt names. */
  class: string | null;
  /** The words to show; of some examples. */
  attended?: AttendedWords;
}
