import type { ModelDescription } from '../../server/schemas.js';
import type { AttendedWords, DepthEstimate, DepthRequest } from './estimator.js';

/** Messages to the worker. */
export type WorkerRequest = { id: number; base: string; model: ModelDescription; image: Blob } & (
  | { kind: 'depth'; request: DepthRequest }
  | { kind: 'words' }
);

/** Messages from the worker. */
export type WorkerAnswer =
  | { id: number; kind: 'progress'; loaded: number; total: number }
  | { id: number; kind: 'device'; name: string }
  | { id: number; kind: 'depth'; result: Omit<DepthEstimate, 'totalMilliseconds'> }
  | { id: number; kind: 'words'; result: AttendedWords }
  | { id: number; kind: 'error'; message: string };
