import type { DepthMetricsSummary } from '@llm-mde/metrics';
import type { AttendedWords } from 'llm-mde';
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
  words: readonly ExampleWords[];
}

export interface Evaluation {
  name: string;
  /** Whether it is a baseline, with which the model is compared at the top. @default false */
  baseline?: boolean;
  metrics: DepthMetricsSummary;
  /** The paper's variant: each image min-max normalized. */
  minMax?: DepthMetricsSummary;
  perSceneType?: Readonly<Record<string, DepthMetricsSummary>>;
}

/** An image with its depth; all maps have the image's size. */
export interface Example {
  id: string;
  sceneType: string;
  image: { data: Uint8Array | Uint8ClampedArray; width: number; height: number };
  /** Metres. */
  truth: Float32Array;
  /** 1 where there is ground truth. */
  valid: Uint8Array;
  /** Metres. */
  prediction: Float32Array;
  /** The prompt of the language model; empty if there is none. */
  prompt: string;
  /** The class that the prompt names. */
  class: string | null;
}

/** The result of `LlmMde.attendedWords` for one of the examples. */
export interface ExampleWords {
  exampleId: string;
  attended: AttendedWords;
}
