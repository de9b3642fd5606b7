import type { DepthEstimate, DepthRequest, ModelDescription, WordsOfPatches } from './estimator.js';

/** What the page asks the worker. */
export type WorkerRequest = { id: number; base: string; model: ModelDescription; image: Blob } & (
  | { kind: 'depth'; request: DepthRequest }
  | { kind: 'words' }
);

/** What the worker says. */
export type WorkerAnswer =
  | { id: number; kind: 'progress'; loaded: number; total: number }
  | { id: number; kind: 'device'; name: string }
  | { id: number; kind: 'depth'; result: Omit<DepthEstimate, 'totalMilliseconds'> }
  | { id: number; kind: 'words'; result: WordsOfPatches }
  | { id: number; kind: 'error'; message: string };
