import type { DepthMetricsSummary } from '@llm-mde/metrics';
import type { AttendedWords } from 'llm-mde';

/** All that a report shows. */
export interface ReportData {
  /** What the page is called, for instance the run's folder. */
  title: string;
  /** Sentences under the title: how training ended, how long it took. */
  notes?: readonly string[];
  /** The resolved configuration, as plain data. */
  configuration: unknown;
  /** Device, versions, git commit: one line each. */
  environment: Readonly<Record<string, string | number | boolean | null>>;
  history: readonly HistoryRow[];
  /** Step of the checkpoint that was kept as best; marked in the curves. */
  bestStep?: number;
  /** The trained model first, then what it is compared with. */
  evaluations: readonly Evaluation[];
  examples: readonly Example[];
  words: readonly ExampleWords[];
}

/** A line of `metrics.jsonl`. Every further number gets a curve of its own under its name. */
export interface HistoryRow {
  step: number;
  epoch: number;
  trainingLoss?: number;
  validationLoss?: number;
  learningRate?: number;
  [metric: string]: number | undefined;
}

export interface Evaluation {
  name: string;
  /** Whether it is a baseline, with which the first evaluation is compared in the figures on top. @default false */
  baseline?: boolean;
  metrics: DepthMetricsSummary;
  /** The paper's variant: each image stretched to its own minimum and maximum. */
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
  /** 1 where there is a truth. */
  valid: Uint8Array;
  /** Metres. */
  prediction: Float32Array;
  /** What the language model read; empty where there is none. */
  prompt: string;
  /** The class that the prompt names. */
  class: string | null;
}

/** What `LlmMde.attendedWords` found in one of the examples. */
export interface ExampleWords {
  exampleId: string;
  attended: AttendedWords;
}
