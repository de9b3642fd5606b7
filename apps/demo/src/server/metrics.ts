import * as tf from '@tensorflow/tfjs-core';
import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  countBatch(size: number): void;
}

/** What Prometheus reads at `/metrics`; the gauges look at `state` when they are asked. */
export function createMetrics(state: { requests(): number; waiting(): number }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('llm_mde_requests_in_progress', 'Requests that upload, wait or are computed.', state.requests);
  gauge('llm_mde_waiting', 'Images that wait for the device.', state.waiting);
  gauge('llm_mde_tensors', 'Tensors that TensorFlow.js holds.', () => tf.memory().numTensors);
  const batches = new Histogram({
    name: 'llm_mde_batch_images',
    help: 'Images that were computed together.',
    buckets: [1, 2, 4, 8, 16, 32],
    registers,
  });
  return { registry, countBatch: (size) => batches.observe(size) };
}

/** Counts and times every answer, by route and status. */
export function measureRequests(app: FastifyInstance, { registry }: Metrics): void {
  const labels = { labelNames: ['method', 'route', 'status'] as const, registers: [registry] };
  const seconds = new Histogram({
    name: 'llm_mde_request_seconds',
    help: 'Time from the headers of a request to the end of its answer.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    ...labels,
  });
  const gone = new Counter({
    name: 'llm_mde_clients_gone_total',
    help: 'Requests whose client went away before the answer.',
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    seconds.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
  });
  app.addHook('onRequestAbort', async (_request) => gone.inc());
}
