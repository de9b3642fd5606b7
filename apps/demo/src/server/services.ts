import type { Device } from '@llm-mde/backend';
import type { onRequestHookHandler } from 'fastify';
import type { Budget } from './budget.js';
import type { Limits } from './limits.js';
import type { Metrics } from './metrics.js';
import type { ModelShelf } from './model-shelf.js';
import type { Predictor } from './predictor.js';

/** What the routes share. */
export interface Services {
  device: Device;
  shelf: ModelShelf;
  predictor: Predictor;
  limits: Limits;
  /** Requests in progress. */
  requests: Budget;
  /** Pixels that are decoded. */
  pixels: Budget;
  metrics: Metrics;
  /** Lets a request in, or answers 429 before its body is read. */
  admission: onRequestHookHandler;
}
